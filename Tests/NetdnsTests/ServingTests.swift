import Foundation
import Glibc
import IPC
import Linux
import Testing

extension RealDnsmasq {
  /// What guests see.
  @Suite struct ServingTests {
    @Test func guestsGetTheirAddresses() throws {
      try Host.run { host in
        try host.expect(["net-default", "net-lab"])
        let first = try host.guest("br0", "10.100.0.17", gateway: "10.100.0.1")
        let answer = try #require(try first.lease(name: "stolen"))
        #expect(answer.kind == 5 && IPv4.text(answer.address) == "10.100.0.17")
        #expect(answer.options[1] == [255, 255, 255, 0] && answer.options[3] == [10, 100, 0, 1])
        #expect(answer.options[6] == [10, 100, 0, 1] && answer.options[26] == Bytes.of(UInt16(1400)))
        #expect(answer.options[15] == Array("default.internal".utf8))
        #expect(answer.options[51] == [255, 255, 255, 255], "a lease ends")
        let second = try host.guest("br0-1", "10.100.1.18", gateway: "10.100.1.1")
        let other = try #require(try second.lease(name: "stolen"))
        #expect(IPv4.text(other.address) == "10.100.1.18" && other.options[3] == [10, 100, 1, 1])
        #expect(other.options[26] == nil, "no MTU was given")
        let lab = try host.guest("br1", "10.101.0.40", gateway: "10.101.0.1")
        let isolated = try #require(try lab.lease())
        #expect(isolated.options[3] == nil, "there is no way out")
        #expect(isolated.options[6] == [10, 101, 0, 1])
        // A clone has the identifier of its model and nevertheless its own address.
        let clone = try host.guest("br0", "10.100.0.19", gateway: "10.100.0.1")
        #expect(try clone.lease()?.address == clone.address && first.lease()?.address == first.address)
        #expect(try first.resolve("stolen.default.internal")?.status == 3, "a guest has named itself")
        // Beyond the last host, and nobody's.
        for mac in [[2, 0x50, 10, 100, 0, 41], [2, 0, 0, 0, 0, 1]] as [[UInt8]] {
          let stranger = try host.guest("br0", "10.100.0.41", gateway: "10.100.0.1", mac: mac)
          #expect(try stranger.lease(isMissingExpected: true) == nil)
        }
      }
    }

    @Test func guestsGetTheirIPv6Addresses() throws {
      var model = Host.model
      model.shards[0].high6 = 0xfd50_6372_0a64_0000
      model.shards[1].high6 = 0xfd50_6372_0a64_0001
      model.shards[2].high6 = 0xfd50_6372_0a65_0000
      try Host.run(model) { host in
        try host.expect(["net-default", "net-lab"])
        let guest = try host.guest("br0-1", "10.100.1.17", gateway: "10.100.1.1")
        let router = try #require(guest.solicitRouter())
        #expect(router == Advertisement(isManaged: true, lifetime: 9000, ownPrefixes: 0))
        let answer = try #require(guest.lease6())
        #expect(answer.kind == 7 && answer.address?.text == "fd50:6372:a64:1::11")
        #expect(answer.dns?.text == "fd50:6372:a64:1::1")
        #expect(try guest.lease()?.address == guest.address)
        try guest.expect("web.default.internal", DNSAnswer(status: 0, records: ["fd50:6372:a64::11"]), .aaaa)
        // The server is the same to its clients when it was started again.
        kill(try #require(host.instances()["net-default"]), SIGKILL)
        #expect(guest.lease6() == answer)
        let lab = try host.guest("br1", "10.101.0.17", gateway: "10.101.0.1")
        #expect(lab.solicitRouter()?.lifetime == 0, "there is no way out")
        #expect(lab.lease6()?.address?.text == "fd50:6372:a65::11")
      }
    }

    @Test func namesAreThoseOfTheOwnNetwork() throws {
      try Host.run { host in
        let pids = try host.expect(["net-default", "net-lab"])
        let first = try host.guest("br0", "10.100.0.20", gateway: "10.100.0.1")
        let lab = try host.guest("br1", "10.101.0.20", gateway: "10.101.0.1")
        try first.expect("web.default.internal", DNSAnswer(status: 0, records: ["10.100.0.17"]))
        try first.expect("db.default.internal", DNSAnswer(status: 0, records: ["10.100.1.18"]))
        try first.expect("18.1.100.10.in-addr.arpa", DNSAnswer(status: 0, records: ["db.default.internal"]), .ptr)
        try lab.expect("web.lab.internal", DNSAnswer(status: 0, records: ["10.101.0.17"]))
        let none = DNSAnswer(status: 3, records: [])
        #expect(try first.resolve("nobody.default.internal") == none)
        #expect(try first.resolve("99.0.100.10.in-addr.arpa", .ptr) == none)
        // The other network's dnsmasq does not know the name, and the one that knows it does not answer.
        let elsewhere = try lab.resolve("web.default.internal", seconds: 2)
        #expect(elsewhere?.records.isEmpty != false)
        #expect(try lab.resolve("web.default.internal", server: 0x0a64_0001, seconds: 2) == nil)

        host.standIn.change { model in
          model.names.removeAll { $0.name == "db" }
          model.names.append(NameEntry("mail", "default", 1, 19))
        }
        try first.expect("mail.default.internal", DNSAnswer(status: 0, records: ["10.100.1.19"]))
        #expect(try first.resolve("db.default.internal") == none)
        #expect(try first.resolve("18.1.100.10.in-addr.arpa", .ptr) == none)
        host.standIn.change { $0.names = [] }
        try first.expect("mail.default.internal", none)
        #expect(host.instances() == pids, "names are no reason to start anything again")
      }
    }

    @Test func aDomainListLetsThroughWhatItNames() throws {
      var model = Host.model
      model.profiles = [
        ListEntry(
          0xa1b2c3, "default", port: 15400,
          ["default.internal", "example.com", "inside.example", "intranet.example"])
      ]
      try Host.run(model, settings: "PrivateDomains=intranet.example") { host in
        try host.startInternet()
        try host.command("/usr/sbin/nft", "add table inet procurator")
        try host.command("/usr/sbin/nft", "add set inet procurator names-00a1b2c3 { type ipv4_addr; }")
        let pids = try host.expect(["net-default", "net-lab", "profile-00a1b2c3-15400"])
        let guest = try host.guest("br0", "10.100.0.20", gateway: "10.100.0.1")
        let elements = { try host.command("/usr/sbin/nft", "list", "set", "inet", "procurator", "names-00a1b2c3") }
        let none = DNSAnswer(status: 3, records: [])
        #expect(try guest.resolve("other.example", port: 15400) == none)
        #expect(try guest.resolve("other.example") == DNSAnswer(status: 0, records: ["93.184.215.99"]), "without list")
        #expect(try guest.resolve("example.com.evil.example", port: 15400) == none)
        #expect(try guest.resolve("notexample.com", port: 15400) == none)
        #expect(try !elements().contains("elements"))
        try guest.expect("www.example.com", DNSAnswer(status: 0, records: ["93.184.215.14"]), port: 15400)
        #expect(try elements().contains("93.184.215.14"), "the guest has the address and the firewall has not")
        #expect(try guest.resolve("example.com", .aaaa, port: 15400)?.records == [])
        #expect(try guest.resolve("inside.example", port: 15400)?.records == [], "a way to inside")
        #expect(try !elements().contains("10.1.2.3"))
        #expect(try guest.resolve("intranet.example", port: 15400)?.records == ["10.1.2.4"])
        #expect(try guest.resolve("web.default.internal", port: 15400)?.records == ["10.100.0.17"])
        #expect(try elements().contains("10.1.2.4") && elements().contains("10.100.0.17"))
        // netd has made the set again: the next answer fills it again.
        try host.command("/usr/sbin/nft", "flush set inet procurator names-00a1b2c3")
        try guest.expect("example.com", DNSAnswer(status: 0, records: ["93.184.215.14"]), port: 15400)
        #expect(try elements().contains("93.184.215.14"))
        let lab = try host.guest("br1", "10.101.0.20", gateway: "10.101.0.1")
        #expect(try lab.resolve("example.com", port: 15400, seconds: 1) == nil, "another network has that list")
        #expect(host.instances() == pids)
      }
    }
  }
}
