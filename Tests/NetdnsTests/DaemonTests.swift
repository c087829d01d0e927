import Failure
import Foundation
import Glibc
import IPC
import Linux
import Testing

@testable import netdns

extension RealDnsmasq {
  /// Rights, the folder, the command line.
  @Suite struct DaemonTests {
    @Test func nothingButThreeCapabilitiesIsLeft() throws {
      try Host.run { host in
        let pids = try host.expect(KeepingTests.networks)
        for pid in [host.pid] + pids.values {
          let status = try Files.readText("/proc/\(pid)/status")
          #expect(
            status.contains("Uid:\t65534\t65534\t65534\t65534\n") && status.contains("CapBnd:\t0000000000000000\n"))
          #expect(status.contains("Threads:\t1\n") && status.contains("NoNewPrivs:\t1\n"))
          for line in status.split(separator: "\n") where line.hasPrefix("Cap") && !line.hasPrefix("CapBnd") {
            // dnsmasq gives up by itself what it does not need.
            let mask = UInt64(line.split(separator: "\t")[1], radix: 16) ?? .max
            #expect(mask & ~Rights.mask == 0, "\(pid): \(line)")
          }
        }
        #expect(Rights.isTight(try Files.readText("/proc/\(host.pid)/status")))
        // 0, 1, 2, stop pipe (2), the folder's lock, netd, where it listens, who speaks there, a pidfd each.
        try wait("no other descriptor is open") {
          try Files.names(in: "/proc/\(host.pid)/fd").count == 9 + pids.count
        }
        let attributes = try FileManager.default.attributesOfItem(atPath: host.runtime)
        #expect(attributes[.posixPermissions] as? Int == 0o750 && attributes[.ownerAccountID] as? Int == 65534)
      }
    }

    @Test func rootMayBeGivenAwayBefore() throws {
      try Host.run { host in
        let pids = try host.expect(KeepingTests.networks)
        try host.stop()
        // Where root listens it cannot.
        let own = host.folder + "/own"
        try Files.makeFolders(own, mode: 0o755)
        try host.command("/usr/bin/chown", Host.user, own)
        try host.configure("Listen=\(own)/names.sock")
        let caps = "-all,+net_bind_service,+net_admin,+net_raw"
        let user = ["/usr/bin/setpriv", "--reuid", Host.user, "--regid", "nogroup", "--clear-groups"]
        let words = [Host.bin + "/netdns", "--config", host.folder + "/netdns.conf"]
        #expect(try host.spawn(user + words).reap(blocking: true) == .exited(1))
        #expect(host.log.contains("AmbientCapabilities="))
        let netdns = try host.spawn(user + ["--inh-caps", caps, "--ambient-caps", caps] + words)
        try wait("it takes over") { host.log.contains("ready: 2 dnsmasq processes") }
        #expect(Rights.isTight(try Files.readText("/proc/\(netdns.pid)/status")))
        #expect(Files.isSocket(own + "/names.sock"))
        kill(try #require(pids["net-lab"]), SIGKILL)
        try wait("it has started one") { (host.instances()["net-lab"] ?? pids["net-lab"]) != pids["net-lab"] }
        try netdns.signal(SIGTERM)
        #expect(try netdns.reap(blocking: true) == .exited(0))
        #expect(!Files.exists(own + "/names.sock"), "its socket is left")
        try host.configure("")
      }
    }

    /// As without root, or under the unit of a release that knew no socket.
    @Test func whoCannotListenServesGuestsAllTheSame() throws {
      try Host.run { host in
        let pids = try host.expect(KeepingTests.networks)
        let guest = try host.guest("br0", "10.100.0.20", gateway: "10.100.0.1")
        let web = DNSAnswer(status: 0, records: ["10.100.0.17"])
        try guest.expect("web.default.internal", web)
        try host.stop()
        try host.configure("Listen=\(host.folder)/netdns.conf/names.sock")
        try host.start()
        try wait("it says so") { host.log.contains("only as far as they are known") }
        try wait("it takes over") { host.log.contains("ready: 2 dnsmasq processes") }
        kill(try #require(pids["net-default"]), SIGKILL)
        try wait("another one runs") {
          (host.instances()["net-default"] ?? pids["net-default"]) != pids["net-default"]
        }
        try guest.expect("web.default.internal", web)
        #expect(try guest.lease() != nil)
        try host.configure("")
      }
    }

    @Test func thereIsOneForAFolder() throws {
      try Host.run { host in
        try host.expect(KeepingTests.networks)
        let words = [Host.bin + "/netdns", "--config", host.folder + "/netdns.conf"]
        for extra in [[], ["--stop"]] {
          #expect(try host.spawn(words + extra).reap(blocking: true) == .exited(1))
        }
        #expect(host.log.contains("/run: another netdns keeps it; stop that one"))
        #expect(host.instances().count == 2)
      }
    }

    @Test func othersFoldersAreLeftAlone() throws {
      try Host.run { host in
        try host.expect(KeepingTests.networks)
        try host.stop()
        let other = host.folder + "/other"
        try Files.makeFolders(other, mode: 0o755)
        try Files.replace(other + "/file", with: [1])
        try host.configure("RuntimeFolder=\(other)")
        let words = [Host.bin + "/netdns", "--config", host.folder + "/netdns.conf"]
        #expect(try host.spawn(words).reap(blocking: true) == .exited(1))
        #expect(host.log.contains("it belongs to user 0 and not to 65534"))
        #expect(try host.spawn(words + ["--stop"]).reap(blocking: true) == .exited(1))
        #expect(try Files.names(in: other) == ["file"])
        try host.configure("")
      }
    }

    @Test func aMissingProgramIsNotForgotten() throws {
      try Host.run(settings: "Dnsmasq=/usr/sbin/no-such-dnsmasq") { host in
        try wait("it is said") { host.log.contains("install dnsmasq-base") && host.log.contains("200 ms") }
        try host.stop()
        try host.configure("StopInstances=yes")
        try host.start()
        try host.expect(KeepingTests.networks)
        #expect(try host.stop() == .exited(0))
        #expect(host.instances().isEmpty, "it was told to stop them")
      }
    }

    @Test func badConfigurationEndsWithASentence() throws {
      try Host.inNamespace {
        let folder = "/tmp/netdns-test-" + UUID().uuidString.prefix(8)
        try Files.makeFolders(folder)
        defer { try? Files.removeFolder(folder) }
        func run(_ text: String?, _ words: String...) throws -> (end: ProcessEnd?, text: String) {
          if let text { try Files.replace(folder + "/c.conf", with: Array(text.utf8)) }
          unlink(folder + "/out")
          let file = try Files.open(folder + "/out", O_RDWR | O_CREAT)
          let netdns = try ProcessHandle.spawn(
            Host.bin + "/netdns", arguments: ["netdns"] + words, environment: [],
            descriptors: [(file.raw, 1), (file.raw, 2)])
          return (try netdns.reap(blocking: true), try Files.readText(folder + "/out"))
        }
        let path = folder + "/c.conf"
        let bad = [
          ("Uptream=1.1.1.1", "did you mean Upstream=?"), ("Upstream=one.one", "is no address of a server"),
          ("Upstream=1.1.1.1#0", "is no address of a server"), ("User=root", "is not to run as root"),
          ("RuntimeFolder=/run/a b", "is no absolute path"), ("PrivateDomains=a..b", "is no domain"),
          ("MaxProfiles=-1", "outside"), ("Linger=soon", "is no time span"), ("Dnsmasq=dnsmasq", "is no absolute path"),
        ]
        for (line, words) in bad {
          let result = try run("[Netdns]\n\(line)\n", "--config", path, "--check")
          #expect(
            result.end == .exited(78) && result.text.contains("\(path):2:") && result.text.contains(words), "\(line)")
        }
        let user = try run("[Netdns]\nUser=no-such-user\nRuntimeFolder=\(folder)/run\n", "--config", path)
        #expect(user.end == .exited(1) && user.text.contains("create it"))
        #expect(!Files.exists(folder + "/run"))
        #expect(try run("[Netdns]\nUpstream=1.1.1.1 ::1#5353\n", "--config", path, "--check").end == .exited(0))
        #expect(try run(nil, "--config", folder + "/none").end == .exited(78))
        #expect(try run(nil, "--nonsense").end == .exited(64))
        #expect(try run(nil, "--version").text == "netdns \(Release.version)\n")
      }
    }
  }
}
