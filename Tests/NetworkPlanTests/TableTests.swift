import Configuration
import Failure
import IPC
import Linux
import Seeded
import Testing

@testable import NetworkPlan

/// The small tables beside the panel: host ports, domain lists, rates, and what the configuration grants.
@Suite struct TableTests {
  static let layout = Layout([Network(name: "n", base: 0x0a00_0000, prefix: 16, shards: 1)])

  /// Random choices against a plain model: no port of the host leads to two guests, and none is lost.
  @Test func hostPortsAreGivenOnce() throws {
    let range = PortRange(first: 20000, last: 20019)
    let fixed = [range, PortRange(first: 80, last: 81)]
    var ports = HostPorts(range)
    var model: [HostPort: HostPorts.Target] = [:]
    var generator = SeededRandom("host ports")
    var (granted, refused) = (0, 0)
    for _ in 0..<50_000 {
      let target = HostPorts.Target(
        slot: Slot(index: Int.random(in: 0..<6, using: &generator)),
        guestPort: UInt16.random(in: 1...12, using: &generator))
      let transport: Transport = Bool.random(using: &generator) ? .tcp : .udp
      switch Int.random(in: 0..<10, using: &generator) {
      case 0:
        ports.clear(target.slot)
        model = model.filter { $0.value.slot != target.slot }
      case 1:
        guard let port = model.keys.sorted().first else { continue }
        ports.set(port, nil)
        model[port] = nil
      default:
        let wanted = [0, 0, 80, 20003, 443].randomElement(using: &generator) ?? 0
        do {
          let port = try ports.choose(target, transport, wanted: UInt16(wanted), within: fixed)
          #expect(model[port] == nil || model[port] == target)
          #expect(
            wanted == 0 ? range.contains(port.number) || model[port] == target : port.number == UInt16(wanted))
          ports.set(port, target)
          model[port] = target
          granted += 1
        } catch {
          switch error.code {
          case .denied: #expect(wanted == 443)
          case .exists: #expect(model[HostPort(transport: transport, number: UInt16(wanted))] != target)
          case .exhausted: #expect(model.keys.count { $0.transport == transport && range.contains($0.number) } == 20)
          default: Issue.record("\(error)")
          }
          refused += 1
        }
      }
      #expect(ports.targets == model)
    }
    #expect(granted > 1000 && refused > 1000)
  }

  @Test func askingAgainGivesTheSameHostPort() throws {
    var ports = HostPorts(PortRange(first: 20000, last: 29999))
    let target = HostPorts.Target(slot: Slot(index: 1), guestPort: 22)
    let first = try ports.choose(target, .tcp, wanted: 0, within: [ports.range])
    ports.set(first, target)
    #expect(try ports.choose(target, .tcp, wanted: 0, within: [ports.range]) == first)
    #expect(try ports.choose(target, .udp, wanted: 0, within: [ports.range]).transport == .udp)
  }

  @Test func vmsWithTheSameNumberShareAList() throws {
    var table = ListTable()
    let one = try table.find(uid: 1, network: 0, number: 77)
    table.use(one, by: Slot(index: 1))
    let same = try table.find(uid: 1, network: 0, number: 77)
    #expect(same == one && one.number == 77 && one.id == 77)
    table.use(same, by: Slot(index: 2))
    let other = try table.find(uid: 1, network: 1, number: 77)
    table.use(other, by: Slot(index: 3))
    #expect(other.id != one.id && other.port != one.port)
    table.use(nil, by: Slot(index: 1))
    #expect(table.all.count == 2)
    let changes = table.changes
    table.use(other, by: Slot(index: 2))
    #expect(table.all == [other] && table.changes == changes + 1)
    table.use(other, by: Slot(index: 2))
    #expect(table.changes == changes + 1, "nothing is new")
    // The same list gets the same number in another life of netd.
    #expect(try ListTable().find(uid: 1, network: 0, number: 77) == one)
  }

  /// Who guesses another's number gets a list of its own.
  @Test func aNumberIsItsOwnersOnly() throws {
    var table = ListTable()
    let one = try table.find(uid: 1, network: 0, number: 77)
    table.use(one, by: Slot(index: 1))
    let other = try table.find(uid: 2, network: 0, number: 77)
    #expect(other.number == 77 && other.id != one.id && other.port != one.port)
    #expect(try table.find(uid: 3, network: 0, number: .max).id == .max)
  }

  /// After a restart the kernel has numbers and ports whose owners have not said them again yet.
  @Test func whatTheKernelHasIsNobodyElsesList() throws {
    let list = try ListTable().find(uid: 1, network: 0, number: 77)
    var after = ListTable()
    after.adopt(list.id, list.port, uid: 2, network: 0, Slot(index: 9))
    let moved = try after.find(uid: 1, network: 0, number: 77)
    #expect(moved.id != list.id && moved.port != list.port)
    #expect(try after.find(uid: 2, network: 0, number: 77).port == list.port, "its owner gets it again")
    after.use(moved, by: Slot(index: 1))
    after.use(nil, by: Slot(index: 9))
    after.use(nil, by: Slot(index: 1))
    #expect(try after.find(uid: 1, network: 0, number: 77) == list)
  }

  /// What had the next free id has it after each restart, whoever comes back first, and for all of its ports.
  @Test func whatWasMovedOnStaysThere() throws {
    var table = ListTable()
    let one = try table.find(uid: 1, network: 0, number: 77)
    table.use(one, by: Slot(index: 1))
    let moved = try table.find(uid: 2, network: 0, number: 77)
    #expect(moved.id == 78)
    for isFirst in [true, false] {
      var after = ListTable()
      after.adopt(one.id, one.port, uid: 1, network: 0, Slot(index: 1))
      for index in 2...3 { after.adopt(moved.id, moved.port, uid: 2, network: 0, Slot(index: index)) }
      if isFirst { after.use(try after.find(uid: 1, network: 0, number: 77), by: Slot(index: 1)) }
      #expect(try after.find(uid: 2, network: 1, number: 77).id == 79, "in another network it is another list")
      #expect(try after.find(uid: 3, network: 0, number: 77).id == 79)
      let again = try after.find(uid: 2, network: 0, number: 77)
      #expect(again == moved)
      after.use(again, by: Slot(index: 2))
      #expect(after.list(of: Slot(index: 3)) == moved && after.all.count == 2)
      #expect(try after.find(uid: 2, network: 0, number: 77) == moved)
      // It is said whose it is: another list of the same user does not get it.
      #expect(try after.find(uid: 2, network: 0, number: 78).id == 79)
    }
  }

  @Test func aFullTableTakesBackWhatWasThere() throws {
    var table = ListTable()
    let last = ListTable.most - 1
    for index in 0...last {
      let port = ListTable.firstPort + UInt16(index)
      table.adopt(UInt32(index + 1), port, uid: index == last ? 1 : 2, network: 0, Slot(index: index))
    }
    let moved = try table.find(uid: 1, network: 0, number: 1)
    #expect(moved.id == UInt32(last + 1) && moved.port == ListTable.firstPort + UInt16(last))
    #expect(throws: Failure.self) { try table.find(uid: 3, network: 0, number: 1) }
  }

  @Test func thereIsAnEndToLists() throws {
    var table = ListTable()
    for index in 0..<ListTable.most {
      table.use(try table.find(uid: 1, network: 0, number: UInt32(index + 1) * 512), by: Slot(index: index))
    }
    #expect(Set(table.all.map(\.port)).count == ListTable.most)
    let refusal = #expect(throws: Failure.self) { try table.find(uid: 1, network: 0, number: 5) }
    #expect(refusal?.code == .exhausted)
  }

  @Test func aBucketLetsTheRateThrough() {
    var bucket = TokenBucket(perSecond: 100, now: 0)
    func taken(_ times: some Sequence<Int64>) -> Int { times.reduce(0) { $0 + (bucket.take(now: $1) ? 1 : 0) } }
    let burst = taken(repeatElement(0, count: 300))
    let steady = taken(Int64(1)...10_000)
    // A clock that jumps neither locks anybody out nor opens the gate.
    let later = taken(repeatElement(10_000_000, count: 1000))
    let back = taken([0])
    #expect([burst, steady, later, back] == [200, 1000, 200, 0])
  }

  @Test func whatCostsMoreTakesMore() {
    var rates = RequestRates(perSecond: 20)
    let taken = (0..<9).count { _ in rates.take(uid: 1000, cost: 12, now: 0) }
    // Two seconds are in the bucket: 40, of which 4 are left for what costs less.
    #expect(taken == 3 && (0..<9).count { _ in rates.take(uid: 1000, now: 0) } == 4)
    #expect(rates.take(uid: 1001, cost: 12, now: 0) && rates.take(uid: 0, cost: 1000, now: 0))
  }

  /// Whoever takes all places that there are for it leaves some for root and for those who have VMs.
  @Test(arguments: [2, 3, 8, 64, 512])
  func connectionsOfManyUsersKeepNobodyElseOut(_ most: Int) {
    let places = Places(most: most)
    var connections: [UInt32: Int] = [:]
    func all() -> Int { connections.values.reduce(0, +) }
    func fill(_ users: Range<UInt32>, _ asker: Places.Asker, unnamed: Int) {
      for uid in users {
        while places.admits(asker, own: connections[uid] ?? 0, unnamed: unnamed, all: all()) {
          connections[uid, default: 0] += 1
        }
      }
    }
    fill(1..<40, .other, unnamed: 0)
    #expect(connections.values.allSatisfy { $0 <= max(1, most / 4) })
    #expect(places.admits(.root, own: 0, unnamed: 0, all: all()))
    #expect(most < 4 || places.admits(.known, own: 0, unnamed: 0, all: all()))
    fill(100..<140, .known, unnamed: 0)
    #expect(connections.values.allSatisfy { $0 <= max(1, most / 2) })
    #expect(places.admits(.root, own: 0, unnamed: 0, all: all()))
    #expect(!places.admits(.known, own: 0, unnamed: 0, all: all()))
    fill(0..<1, .root, unnamed: 0)
    #expect(all() == most)
    // Those who connect and say nothing.
    #expect(!places.admits(.other, own: 0, unnamed: max(1, most / 4), all: max(1, most / 4)))
    #expect(places.admits(.root, own: most - 1, unnamed: most - 1, all: most - 1))
  }

  @Test(arguments: [
    ("0.0.0.0/8", "no address yet"), ("127.0.0.0/24", "loopback"), ("224.0.0.0/24", "multicast"),
    ("239.255.0.0/16", "multicast"), ("240.0.0.0/24", "reserved"), ("255.255.255.0/24", "broadcast"),
    ("169.254.0.0/16", "link-local"), ("169.0.0.0/8", "link-local"),
  ])
  func subnetsThatAreNotForHostsAreRefused(_ subnet: String, _ words: String) throws {
    let file = try ConfigurationFile.parse("[Network default]\nSubnet=\(subnet)\n", name: "netd.conf")
    let refusal = #expect(throws: Failure.self) { try NetdSettings(file, .numbers) }
    #expect(refusal?.cause.contains(words) == true, "\(refusal?.description ?? "")")
    for good in ["10.0.0.0/8", "172.16.0.0/16", "192.168.7.0/24", "100.64.0.0/16", "128.0.0.0/8", "223.255.255.0/24"] {
      _ = try NetdSettings(
        try ConfigurationFile.parse("[Network default]\nSubnet=\(good)\n", name: "netd.conf"), .numbers)
    }
  }

  @Test func domainsHaveOneForm() {
    #expect(DomainName.canonical("*.Example.COM.") == "example.com")
    #expect(DomainName.canonical("_dmarc.example.com") == "_dmarc.example.com")
    for text in ["", ".", "a..b", "-a.example", "a.example/24", "a b", "ü.example", String(repeating: "a", count: 64)] {
      #expect(DomainName.canonical(text) == nil, "\(text)")
    }
  }

  @Test(arguments: [
    ("Mode=external", "needs a way out"), ("VLAN=7", "needs an interface"), ("VLAN=4095\nUplink=e", "4095"),
    ("VXLAN=0\nVXLANLocal=192.0.2.1", "16777215"), ("VXLAN=7", "no IPv4 address of this host"),
    ("VXLANPeers=192.0.2.2", "nothing without VXLAN="), ("Uplink=e\nShards=2", "one bridge"),
    ("Hosts=1-9", "2-254"), ("Hosts=9-8", "2-254"), ("IPv6=yes\nIPv6Prefix=fd00::1/48", "no /48"),
    ("Peers=some", "not possible"), ("Mode=external\nUplink=e\nIPv6=yes", "from outside"), ("MTU=100", "outside"),
    ("VXLAN=7\nVXLANLocal=192.0.2.1\nVXLANPeers=192.0.2.1", "another host"),
  ])
  func badNetworksAreRefusedInWords(_ text: String, _ words: String) throws {
    let file = try ConfigurationFile.parse("[Network default]\n\(text)\n", name: "netd.conf")
    let refusal = #expect(throws: Failure.self) { try NetdSettings(file, .numbers) }
    #expect(refusal?.cause.contains(words) == true, "\(refusal?.description ?? "")")
  }

  @Test func networksOfEveryKindAreRead() throws {
    let text = """
      [Netd]
      ForwardPorts=30000-30009
      FixedForwardPorts=80 443
      [Network default]
      IPv6=yes
      Mode=routed
      Peers=isolated
      [Network lan]
      Subnet=10.101.0.0/24
      Bridge=br-lan
      TapPrefix=lan
      Mode=external
      Uplink=eth1
      VLAN=100
      [Network wide]
      Subnet=10.102.0.0/24
      Bridge=br-wide
      TapPrefix=wide
      Hosts=2-126
      VXLAN=42
      VXLANLocal=192.0.2.1
      VXLANPeers=192.0.2.2 192.0.2.3
      [User 1000]
      Networks=lan wide
      MaxPorts=3
      """
    let settings = try NetdSettings(try ConfigurationFile.parse(text, name: "netd.conf"), .numbers)
    let layout = Layout(settings.networks)
    #expect(settings.networks.map(\.mode) == [.routed, .external, .nat])
    #expect(settings.networks.map(\.shards) == [4, 1, 1])
    #expect(layout.trunks(network: 1) == ["lanv100"] && layout.trunks(network: 2) == ["widex42"])
    #expect(settings.networks[2].overlay?.peers == [0xc000_0202, 0xc000_0203])
    #expect(settings.forwards == PortRange(first: 30000, last: 30009) && settings.fixedForwards.count == 3)
    let slot = try #require(layout.slot(network: 0, shard: 3, host: 17))
    #expect(layout.address6(slot)?.text == "fd50:6372:a64:3::11")
    #expect(layout.isOwn(slot))
    #expect(try !layout.isOwn(#require(layout.slot(network: 2, shard: 0, host: 127))))
    #expect(settings.access.grant(uid: 1000, groups: [])?.ports == 3)
    #expect(settings.access.grant(uid: 1001, groups: [1000]) == nil)
    #expect(settings.access.grant(uid: 0, groups: []) != nil)
  }
}
