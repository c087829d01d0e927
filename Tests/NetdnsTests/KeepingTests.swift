import Failure
import Foundation
import Glibc
import IPC
import Linux
import Testing

@testable import netdns

extension RealDnsmasq {
  /// What stays, what goes and what comes back.
  @Suite struct KeepingTests {
    static let networks: Set<String> = ["net-default", "net-lab"]

    @Test func dnsmasqDoesNotNeedNetdns() throws {
      try Host.run { host in
        let pids = try host.expect(Self.networks)
        let guest = try host.guest("br0", "10.100.0.20", gateway: "10.100.0.1")
        let web = DNSAnswer(status: 0, records: ["10.100.0.17"])
        try guest.expect("web.default.internal", web)
        for (index, signal) in [SIGKILL, SIGTERM, SIGKILL].enumerated() {
          let end = try host.stop(signal)
          #expect(end == (signal == SIGTERM ? .exited(0) : .signalled(signal)))
          #expect(try guest.resolve("web.default.internal") == web && guest.lease() != nil)
          try host.start()
          // It works, and has taken over what was there.
          host.standIn.change { $0.names.append(NameEntry("late\(index)", "default", 0, 30 + UInt8(index))) }
          try guest.expect("late\(index).default.internal", DNSAnswer(status: 0, records: ["10.100.0.\(30 + index)"]))
          #expect(host.instances() == pids)
        }
      }
    }

    @Test func aDeadDnsmasqComesBack() throws {
      try Host.run { host in
        var pids = try host.expect(Self.networks)
        let guest = try host.guest("br0", "10.100.0.20", gateway: "10.100.0.1")
        let web = DNSAnswer(status: 0, records: ["10.100.0.17"])
        try guest.expect("web.default.internal", web)
        for isAdopted in [false, true] {
          if isAdopted {
            try host.stop(SIGKILL)
            try host.start()
            try wait("it takes over") { host.log.contains("ready: 2 dnsmasq processes") }
          }
          kill(try #require(pids["net-default"]), SIGKILL)
          try wait("another one runs") {
            let now = host.instances()
            return now.count == 2 && now["net-default"] != pids["net-default"]
          }
          try guest.expect("web.default.internal", web)
          #expect(host.instances()["net-lab"] == pids["net-lab"])
          pids = host.instances()
        }
        #expect(host.log.contains("was ended by signal 9"))
      }
    }

    @Test func whatADeadDnsmasqLeavesEndsToo() throws {
      try Host.run { host in
        let pids = try host.expect(Self.networks)
        let leader = try #require(pids["net-default"])
        // A client over TCP that asks nothing keeps a process of its own busy.
        let client = try host.connectTCP(port: 53)
        try wait("it has a process") { Host.processes(naming: host.runtime + "/conf").count == 3 }
        kill(leader, SIGKILL)
        try wait("all is as before") {
          let now = host.instances()
          return Host.processes(naming: host.runtime + "/conf").count == 2 && (now["net-default"] ?? leader) != leader
        }
        _ = consume client
      }
    }

    @Test func aBridgeMayBeMadeAnew() throws {
      try Host.run { host in
        let pids = try host.expect(Self.networks)
        for shard in [Host.model.shards[2], Host.model.shards[0]] {
          try host.ip("link", "del", shard.bridge)
          try host.addBridge(shard)
          let address = shard.gateway + 19
          let guest = try host.guest(shard.bridge, IPv4.text(address), gateway: IPv4.text(shard.gateway))
          #expect(try guest.lease()?.address == address)
          let web = IPv4.text(shard.gateway + 16)
          try guest.expect("web.\(shard.slot.network).internal", DNSAnswer(status: 0, records: [web]))
        }
        #expect(host.instances() == pids)
      }
    }

    @Test func onlyWhatHasChangedIsStartedAnew() throws {
      var model = Host.model
      model.profiles = [ListEntry(7, "default", port: 15400, ["a.example"])]
      try Host.run(model) { host in
        let one = "profile-00000007-15400"
        var pids = try host.expect(Self.networks.union([one]))
        // Another list beside it.
        host.standIn.change { $0.profiles.append(ListEntry(8, "lab", port: 15401, ["b.example"])) }
        let two = "profile-00000008-15401"
        let more = try host.expect(Self.networks.union([one, two]))
        #expect(more.filter { $0.key != two } == pids)
        pids = more
        // A list that goes and comes back is never interrupted.
        host.standIn.change { $0.profiles.removeFirst() }
        usleep(500_000)
        #expect(host.instances() == pids)
        host.standIn.change { $0.profiles.insert(ListEntry(7, "default", port: 15400, ["a.example"]), at: 0) }
        usleep(1_500_000)
        #expect(host.instances() == pids)
        // One that stays away ends.
        host.standIn.change { $0.profiles.removeLast() }
        try host.expect(Self.networks.union([one]))
        pids[two] = nil
        // One whose port another list takes ends at once.
        host.standIn.change { $0.profiles = [ListEntry(9, "lab", port: 15400, ["c.example"])] }
        let third = try host.expect(Self.networks.union(["profile-00000009-15400"]))
        #expect(third.filter { $0.key.hasPrefix("net") } == pids.filter { $0.key.hasPrefix("net") })
        // Other hosts are read by the dnsmasq that runs; another MTU is in its configuration.
        host.standIn.change { $0.shards[2].lastHost = 50 }
        let late = try host.guest("br1", "10.101.0.50", gateway: "10.101.0.1")
        #expect(try late.lease() != nil)
        #expect(host.instances() == third)
        host.standIn.change { $0.shards[2].mtu = 1300 }
        try wait("the network's is another one") {
          (host.instances()["net-lab"] ?? third["net-lab"]) != third["net-lab"]
        }
        #expect(try late.lease()?.options[26] == Bytes.of(UInt16(1300)))
        #expect(host.instances()["net-default"] == third["net-default"])
        // A network that is gone.
        host.standIn.change { $0.shards.removeLast() }
        try host.expect(["net-default"])
        try wait("nothing of it is left") {
          let left = try Files.names(in: host.runtime + "/conf").count
          return try left == 1 && Files.names(in: host.runtime + "/names") == ["default"]
            && Set(Files.names(in: host.runtime + "/hosts")) == ["default-0", "default-1"]
        }
      }
    }

    @Test func whatIsOutdatedIsReplaced() throws {
      try Host.run { host in
        let pids = try host.expect(Self.networks)
        try host.stop(SIGKILL)
        host.standIn.change { model in
          model.shards[0].mtu = 1280
          // Noticed by nobody: what runs has to be told.
          model.shards[2].lastHost = 60
        }
        try host.start()
        try wait("one is replaced") { (host.instances()["net-default"] ?? pids["net-default"]) != pids["net-default"] }
        let guest = try host.guest("br0", "10.100.0.20", gateway: "10.100.0.1")
        #expect(try guest.lease()?.options[26] == Bytes.of(UInt16(1280)))
        let late = try host.guest("br1", "10.101.0.60", gateway: "10.101.0.1")
        #expect(try late.lease() != nil)
        #expect(host.instances()["net-lab"] == pids["net-lab"])
      }
    }

    @Test func netdMayGoAndComeBack() throws {
      var model = Host.model
      model.profiles = [ListEntry(7, "default", port: 15400, ["a.example"])]
      try Host.run(model) { host in
        let all = Self.networks.union(["profile-00000007-15400"])
        let pids = try host.expect(all)
        let guest = try host.guest("br0", "10.100.0.20", gateway: "10.100.0.1")
        let web = DNSAnswer(status: 0, records: ["10.100.0.17"])
        try guest.expect("web.default.internal", web)
        host.standIn.end()
        try wait("it notices") { host.log.contains("what runs stays as it is") }
        #expect(try guest.resolve("web.default.internal") == web)
        #expect(host.instances() == pids)
        // The new one has heard of nothing yet but that another VM has the address of one.
        var young = Host.model
        young.names = [NameEntry("new", "default", 1, 18)]
        try host.replaceNetd(young)
        try guest.expect("new.default.internal", DNSAnswer(status: 0, records: ["10.100.1.18"]))
        #expect(try guest.resolve("db.default.internal")?.status == 3)
        // What nobody speaks of any more goes in the end.
        try guest.expect("web.default.internal", DNSAnswer(status: 3, records: []))
        try host.expect(Self.networks)
        #expect(host.instances() == pids.filter { Self.networks.contains($0.key) })
      }
    }

    @Test func afterBothWereStartedAnewNamesAndListsAreStillThere() throws {
      var model = Host.model
      model.profiles = [ListEntry(7, "default", port: 15400, ["a.example"])]
      try Host.run(model, settings: "Linger=1h") { host in
        let pids = try host.expect(Self.networks.union(["profile-00000007-15400"]))
        let guest = try host.guest("br0", "10.100.0.20", gateway: "10.100.0.1")
        let web = DNSAnswer(status: 0, records: ["10.100.0.17"])
        try guest.expect("web.default.internal", web)
        try host.stop()
        var young = Host.model
        young.names = [NameEntry("new", "default", 0, 30)]
        try host.replaceNetd(young)
        try host.start()
        try guest.expect("new.default.internal", DNSAnswer(status: 0, records: ["10.100.0.30"]))
        #expect(try guest.resolve("web.default.internal") == web)
        #expect(host.instances() == pids)
      }
    }
  }
}
