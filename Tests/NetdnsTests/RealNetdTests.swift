import Failure
import Foundation
import Glibc
import IPC
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

    @Test func aGuestOfNetdHasAddressAndNames() throws {
      try Host.run(Model()) { host in
        try host.stop()
        try host.configure("Socket=\(host.folder)/real.sock")
        // netdns is there first, and finds netd when that comes.
        try host.start()
        try Files.replace(host.folder + "/netd.conf", with: Array(Self.configuration(host.folder).utf8), mode: 0o644)
        try host.startInternet()
        _ = try host.keep([Host.bin + "/netd", "--config", host.folder + "/netd.conf"])
        let pids = try host.expect(["net-default"])
        var netd = try Connection.open(host.folder + "/real.sock", peer: "netd")
        _ = try netd.call(Hello(client: "test"))
        _ = try netd.call(Keep(leases: []))
        let vm = VMIdentity(high: .random(in: 1...UInt64.max), low: 1)
        var answer = try netd.call(Attach(vm: vm, nic: 0, network: "default", keep: true, name: "web"), expecting: 1)
        guard let tap = answer.take() else { throw Errno(EIO) }
        let port = answer.body.port
        var guest: Guest? = Guest(tap, address: port.address, gateway: port.gateway)
        #expect(try guest?.lease()?.address == port.address)
        try guest?.expect("web.default.internal", DNSAnswer(status: 0, records: [IPv4.text(port.address)]))
        try guest?.expect("other.example", DNSAnswer(status: 0, records: ["93.184.215.99"]))

        _ = try netd.call(Policy(vm: vm, nic: 0, isListed: true, domains: ["example.com"]))
        try wait("the list has a dnsmasq") { host.instances().count == 2 }
        // netd sends its questions there.
        try guest?.expect("other.example", DNSAnswer(status: 3, records: []))
        try guest?.expect("www.example.com", DNSAnswer(status: 0, records: ["93.184.215.14"]))
        #expect(try host.command("/usr/sbin/nft", "list table inet procurator").contains("93.184.215.14"))
        _ = try netd.call(Policy(vm: vm, nic: 0, isListed: false))
        try host.expect(["net-default"])
        #expect(host.instances() == pids)

        guest = nil
        #expect(try netd.call(Forget(vm: vm)).body.freed == 1)
        try wait("the name is gone") { try Files.readText(host.runtime + "/names/default/names").isEmpty }
      }
    }
  }
}
