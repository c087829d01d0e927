import Failure
import Foundation
import Glibc
import IPC
import IPCPeer
import Linux
import Netlink
import Testing

@testable import NetworkPlan
@testable import netd

extension RealNetd {
  /// How netd starts, stops, and keeps the kernel as it should be.
  @Suite struct DaemonTests {
    @Test func onlyTheOneCapabilityAndTheListedCallsAreLeft() throws {
      try Rig.run { rig in
        let status = try String(contentsOfFile: "/proc/\(rig.pid)/status", encoding: .utf8)
        #expect(Sandbox.isTight(status))
        #expect(status.contains("Seccomp:\t2\n"))
        #expect(status.contains("Threads:\t1\n"))
        #expect(status.contains("CapBnd:\t0000000000000000\n"))
        // 0, 1, 2, service manager, listener, stop pipe (2), netlink: two monitors, interfaces, the guard's two. While it
        // makes its spare TAPs one of them is open as well.
        try wait("its descriptors are the twelve") {
          try FileManager.default.contentsOfDirectory(atPath: "/proc/\(rig.pid)/fd").count == 12
        }
        let mode = try FileManager.default.attributesOfItem(atPath: rig.socket)[.posixPermissions] as? Int
        #expect(mode == 0o660)
      }
    }

    @Test func noInterfaceGetsAnIPv6Address() throws {
      try Rig.run { rig in
        var session = try Session(rig)
        let vm = someVM()
        let port = try session.attach(vm)
        usleep(200_000)
        var route = try RouteSocket()
        let indices = Set(try route.links().filter { $0.name != "lo" }.map(\.index))
        #expect(indices.count >= 2)
        let table = (try? String(contentsOfFile: "/proc/thread-self/net/if_inet6", encoding: .utf8)) ?? ""
        #expect(!table.contains("fe80"), "\(table)")
        try session.detach(port.handle)
      }
    }

    @Test func aLostBridgeComesBack() throws {
      try Rig.run { rig in
        var session = try Session(rig)
        let port = try session.attach(someVM())
        var route = try RouteSocket()
        try route.deleteLink("br-procurator")
        try wait("the bridge is back with its port") {
          guard let bridge = try route.link("br-procurator"), let tap = try route.link(port.reply.port.tap) else {
            return false
          }
          let address = InterfaceAddress(index: bridge.index, address: port.reply.port.gateway, prefix: 24)
          return try tap.master == bridge.index && bridge.isUp && route.addresses().contains(address)
        }
        try session.detach(port.handle)
      }
    }

    @Test func whatIsNotOursIsFoundAndLeftAlone() throws {
      try Rig.run(netd: "Grace=300ms\nSpare=2") { rig in
        var session = try Session(rig)
        var route = try RouteSocket()
        let orphan = try TapDevice.open("pcr1-7")
        try route.createBridge("foreign0", LinkChange())
        let bridge = try #require(try route.link("br-procurator"))
        let stranger = try TapDevice.open("stranger")
        var change = LinkChange()
        change.master = bridge.index
        try route.change("stranger", change)
        try wait("both are found") {
          let findings = try session.audit().findings
          return findings.map(\.kind).sorted { $0.rawValue < $1.rawValue } == [.foreign, .foreign]
            && Set(findings.map(\.interface)) == ["pcr1-7", "stranger"]
        }
        let taken = session.refusal(
          Attach(vm: someVM(), nic: 0, network: "default", address: IPv4.parse("10.100.1.7") ?? 0))
        #expect(taken?.code == .exists)
        _ = consume orphan
        _ = consume stranger
      }
    }

    @Test func aLostTapIsMissedAndMadeAgain() throws {
      try Rig.run { rig in
        var session = try Session(rig)
        var route = try RouteSocket()
        let vm = someVM()
        do {
          let port = try session.attach(vm, keep: true)
          try route.deleteLink(port.reply.port.tap)
          usleep(250_000)
          #expect(try session.audit().findings.map(\.kind) == [.missing])
          #expect(try session.attach(vm, keep: true).reply == port.reply)
        }
        _ = try session.forget(vm)
      }
    }

    @Test func sparesAreReadyAndStayReady() throws {
      try Rig.run(netd: "Grace=300ms\nSpare=6") { rig in
        var session = try Session(rig)
        try wait("spares are ready") { try session.audit().ready == 6 }
        let vm = someVM()
        for nic in 0..<10 as Range<UInt8> { _ = try session.attach(vm, nic: nic) }
        try wait("spares are ready again") { try session.audit().ready == 6 }
        #expect(try session.forget(vm) == 10)
        try rig.restart()
        session = try Session(rig)
        try wait("spares are taken over") { try session.audit().ready == 6 }
      }
    }

    @Test func systemdMayOpenTheSocket() throws {
      try Rig.inNamespace {
        let folder = "/tmp/netd-test-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try "[Netd]\nSpare=0\n".write(toFile: folder + "/c.conf", atomically: true, encoding: .utf8)
        for mode in [0o660, 0o666] as [UInt32] {
          let path = folder + "/\(mode).sock"
          let listener = try UnixSocket.listen(path, .packets, mode: mode)
          chmod(path, mode)
          let command = "LISTEN_FDS=1 LISTEN_PID=$$ exec \(Rig.binary) --config \(folder)/c.conf"
          let netd = try ProcessHandle.spawn(
            "/bin/sh", arguments: ["sh", "-c", command], environment: ["PATH=/bin"],
            descriptors: [(listener.raw, 3), (2, 2)])
          if mode == 0o666 {
            var end: ProcessEnd?
            defer { if end == nil { try? netd.signal(SIGKILL) } }
            try wait("netd refuses a socket that everybody could connect to") {
              end = try netd.reap()
              return end != nil
            }
            #expect(end == .exited(1))
            continue
          }
          let session = try Session(path)
          _ = consume session
          try netd.signal(SIGTERM)
          #expect(try netd.reap(blocking: true) == .exited(0))
          #expect(FileManager.default.fileExists(atPath: path), "systemd's socket is systemd's")
        }
      }
    }

    @Test func badConfigurationEndsWithASentence() throws {
      try Rig.inNamespace {
        let folder = "/tmp/netd-test-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/c.conf"
        try "[Netd]\nGrase=5s\n".write(toFile: path, atomically: true, encoding: .utf8)
        let bad = try Self.run(["--config", path])
        #expect(
          bad.end == .exited(78) && bad.text.contains("\(path):2: Grase=") && bad.text.contains("did you mean Grace=?"))
        try "[Netd]\nGrace=5s\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try Self.run(["--config", path, "--check"]).end == .exited(0))
        #expect(try Self.run(["--config", folder + "/none"]).end == .exited(78))
        #expect(try Self.run(["--nonsense"]).end == .exited(64))
        #expect(try Self.run(["--version"]).text == "netd \(Release.version)\n")
      }
    }

    @Test(arguments: [
      // What the host has, and what is said of it; nothing where both have room.
      (["address add 10.100.3.1/24 dev up0"], "up0 has the address 10.100.3.1/24"),
      (["address add 10.100.3.1/8 dev up0"], "up0 has the address 10.100.3.1/8"),
      (["address add 192.0.2.9 peer 10.100.0.7/32 dev up0"], "up0 leads to 10.100.0.7/32"),
      (["route add 10.100.0.0/16 via 192.0.2.2"], "up0 leads to 10.100.0.0/16"),
      (["route add 10.100.1.0/24 dev up0"], "up0 leads to 10.100.1.0/24"),
      (["route add 10.0.0.0/8 via 192.0.2.2", "address add 10.99.0.1/8 dev up0"], ""),
      (["route add 10.101.0.0/16 via 192.0.2.2"], ""),
    ])
    func aSubnetOfTheHostsOwnIsRefused(_ host: [String], _ words: String) throws {
      try Self.besideUplink { folder in
        for line in host { try World.run(["/usr/sbin/ip"] + line.split(separator: " ").map(String.init)) }
        let path = folder + "/c.conf"
        try "[Netd]\nSocket=\(folder)/netd.sock\n[Network default]\nSubnet=10.100.0.0/16\nShards=4\n".write(
          toFile: path, atomically: true, encoding: .utf8)
        let checked = try Self.run(["--config", path, "--check"])
        guard !words.isEmpty else {
          #expect(checked.end == .exited(0) && checked.text == "netd: the configuration is good\n", "\(checked)")
          return
        }
        let started = try Self.run(["--config", path])
        #expect(checked.end == .exited(78) && started.end == .exited(1), "\(checked), \(started)")
        for text in [checked.text, started.text] {
          #expect(text.contains("its subnet 10.100.0.0/16 is in use by the host: \(words)"), "\(text)")
          #expect(text.contains("write another Subnet= in netd.conf"))
        }
        var route = try RouteSocket()
        #expect(try route.link("br-procurator") == nil, "nothing is made")
      }
    }

    /// Guests that are there go on, and it is said.
    @Test func aSubnetThatTheHostTakesLaterIsSaid() throws {
      try Self.besideUplink { _ in
        try Rig.here(taps: 1) { rig in
          try World.ip("address", "add", "10.100.3.1/24", "dev", "up0")
          try rig.restart()
          var session = try Session(rig)
          let words = "its subnet 10.100.0.0/16 is in use by the host: up0 has the address 10.100.3.1/24"
          let told = try session.connection.call(Notifications()).body.entries
          #expect(told.contains { $0.interface == "network default" && $0.detail.hasPrefix(words) }, "\(told)")
          let checked = try Self.run(["--config", rig.folder + "/netd.conf", "--check"])
          #expect(checked.end == .exited(0) && checked.text.contains(words), "\(checked)")
        }
      }
    }

    /// Runs `body` in a namespace of its own with a way outside by `up0`, and with a folder.
    private static func besideUplink(_ body: @escaping @Sendable (String) throws -> Void) throws {
      try Rig.inNamespace {
        let up = try TapDevice.open("up0")
        try World.ip("link", "set", "lo", "up")
        try World.ip("link", "set", "up0", "up")
        try World.ip("address", "add", "192.0.2.1/24", "dev", "up0")
        let folder = "/tmp/netd-test-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
        _ = consume up
      }
    }

    private static func run(_ words: [String]) throws -> (end: ProcessEnd?, text: String) {
      let output = "/tmp/netd-out-" + UUID().uuidString
      defer { unlink(output) }
      let file = Descriptor(owning: open(output, O_RDWR | O_CREAT | O_CLOEXEC, 0o600))
      let netd = try ProcessHandle.spawn(
        Rig.binary, arguments: ["netd"] + words, environment: [], descriptors: [(file.raw, 1), (file.raw, 2)])
      let end = try netd.reap(blocking: true)
      return (end, try String(contentsOfFile: output, encoding: .utf8))
    }
  }
}
