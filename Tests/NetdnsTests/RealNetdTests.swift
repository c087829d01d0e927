import Failure
import Foundation
import Glibc
import IPC
import IPCNames
import IPCPeer
import Linux
import Testing

extension RealDnsmasq {
  /// The same with a real netd.
  @Suite struct RealNetdTests {
    private static func configuration(_ folder: String) -> String {
      """
      [Netd]
      Socket=\(folder)/real.sock
      SocketGroup=nogroup
      NamesUser=\(Host.user)
      Grace=300ms
      Spare=2
      [Network default]
      Subnet=10.100.0.0/16
      Shards=2

      """
    }

    private static func start(_ host: Host) throws -> Connection {
      try host.stop()
      try host.configure("Socket=\(host.folder)/real.sock")
      // netdns is there first, and finds netd when that comes.
      try host.start()
      try Files.replace(host.folder + "/netd.conf", with: Array(configuration(host.folder).utf8), mode: 0o644)
      try host.startInternet()
      _ = try host.keep([Host.bin + "/netd", "--config", host.folder + "/netd.conf"])
      _ = try host.expect(["net-default"])
      var netd = try Connection.open(host.folder + "/real.sock", peer: "netd")
      _ = try netd.call(Hello(client: "test"))
      _ = try netd.call(Keep(leases: []))
      return netd
    }

    private static func guest(
      _ netd: inout Connection, _ host: Host, _ name: String,
      _ vm: VMIdentity = VMIdentity(high: .random(in: 1...UInt64.max), low: 1), mac: UInt64 = 0
    ) throws -> Guest {
      var answer = try netd.call(Attach(vm: vm, nic: 0, network: "default", keep: true, mac: mac), expecting: 1)
      try host.tell { netdns throws(Failure) in
        _ = try netdns.call(TellName(vm: vm, network: "default", name: name))
      }
      guard let tap = answer.take() else { throw Errno(EIO) }
      return Guest(
        tap, address: answer.body.port.address, gateway: answer.body.port.gateway,
        mac: Array(Bytes.of(answer.body.port.mac).suffix(6)))
    }

    /// One address, one after the other of several hardware addresses.
    @Test func aChosenHardwareAddressGetsTheAddressOfItsPort() throws {
      try Host.run(Model()) { host in
        var netd = try Self.start(host)
        let vm = VMIdentity(high: 7, low: 7)
        var address: UInt32?
        // Nobody waits for the next file of hosts: a client asks until it has an answer.
        for mac in [0, 0x5254_0012_3456, 0x5254_0012_3457, 0, 0x5254_0012_3456] as [UInt64] {
          let guest = try Self.guest(&netd, host, "one", vm, mac: mac)
          let answer = try #require(try guest.lease())
          #expect(answer.kind == 5 && answer.address == guest.address, "\(mac)")
          #expect(address == nil || address == guest.address, "it is the slot's")
          address = guest.address
        }
      }
    }

    /// A guest that declines another's address, and its own, takes it from nobody.
    @Test func nobodyLosesAnAddressThatAnotherDeclines() throws {
      try Host.run(Model()) { host in
        var netd = try Self.start(host)
        let attacker = try Self.guest(&netd, host, "attacker")
        let victim = try Self.guest(&netd, host, "victim")
        #expect(try attacker.lease()?.address == attacker.address)
        for _ in 0..<3 { try attacker.decline(victim.address, of: victim.mac, at: victim.gateway) }
        #expect(try victim.lease()?.address == victim.address)
        for _ in 0..<3 { try attacker.decline(victim.address, of: victim.mac, at: victim.gateway) }
        #expect(try victim.lease()?.address == victim.address)
      }
    }

    @Test func aGuestOfNetdHasAddressAndNames() throws {
      try Host.run(Model()) { host in
        var netd = try Self.start(host)
        let pids = host.instances()
        let vm = VMIdentity(high: .random(in: 1...UInt64.max), low: 1)
        var guest: Guest? = try Self.guest(&netd, host, "web", vm)
        let address = try #require(guest?.address)
        #expect(try guest?.lease()?.address == address)
        try guest?.expect("web.default.internal", DNSAnswer(status: 0, records: [IPv4.text(address)]))
        try guest?.expect("other.example", DNSAnswer(status: 0, records: ["93.184.215.99"]))

        try host.tell { netdns throws(Failure) in _ = try netdns.call(TellDomains(list: 7, domains: ["example.com"])) }
        _ = try netd.call(Policy(vm: vm, nic: 0, isRestricted: true, list: 7))
        try wait("the list has a dnsmasq") { host.instances().count == 2 }
        // netd sends its questions there.
        try guest?.expect("other.example", DNSAnswer(status: 3, records: []))
        try guest?.expect("www.example.com", DNSAnswer(status: 0, records: ["93.184.215.14"]))
        #expect(try host.command("/usr/sbin/nft", "list table inet procurator").contains("93.184.215.14"))
        _ = try netd.call(Policy(vm: vm, nic: 0, isRestricted: false))
        try host.expect(["net-default"])
        #expect(host.instances() == pids)

        guest = nil
        #expect(try netd.call(Forget(vm: vm)).body.freed == 1)
        try wait("the name is gone") { try Files.readText(host.runtime + "/names/default/names").isEmpty }
      }
    }
  }
}
