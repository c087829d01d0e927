import Failure
import Foundation
import IPC
import Linux
import IPCPeer
import Seeded
import Testing

@testable import NetworkPlan

@Suite struct PanelTests {
  static let layout = Layout([
    Network(name: "default", base: 0x0a64_0000, prefix: 16, shards: 4),
    Network(name: "lab", base: 0xc0a8_0400, prefix: 24, shards: 1, bridge: "br-lab", tapPrefix: "lab"),
  ])

  @Test func everyFunctionOfASlotCanBeTurnedRound() {
    var names: Set<String> = []
    for index in 0..<Self.layout.count {
      let slot = Slot(index: index)
      #expect(Self.layout.slot(tap: Self.layout.tap(slot)) == slot)
      #expect(Self.layout.slot(address: Self.layout.address(slot)) == slot)
      #expect(Self.layout.slot(mac: Self.layout.mac(slot)) == slot)
      #expect(Self.layout.slot(Self.layout.name(slot)) == slot)
      #expect(Self.layout.mac(slot) != Self.layout.hostMAC(slot))
      names.insert(Self.layout.tap(slot))
    }
    #expect(names.count == 5 * 253)
  }

  @Test func aSlotIsWhatTheDesignSays() throws {
    let slot = try #require(Self.layout.slot(network: 0, shard: 3, host: 17))
    let port = Self.layout.port(slot)
    #expect(port.tap == "pcr3-17")
    #expect(IPv4.text(port.address) == "10.100.3.17" && IPv4.text(port.gateway) == "10.100.3.1")
    #expect(port.mac == 0x0250_0a64_0311 && port.prefix == 24)
    #expect(Self.layout.bridge(network: 0, shard: 0) == "br-procurator")
    #expect(Self.layout.bridge(network: 0, shard: 3) == "br-procurator-3")
  }

  @Test(arguments: [
    "pcr0-1", "pcr0-255", "pcr4-2", "pcr00-2", "pcr0-02", "pcr-2", "pcr0-2x", "xpcr0-2", "", "pcr", "pcr0--2",
  ])
  func otherNamesAreNoSlots(_ name: String) { #expect(Self.layout.slot(tap: name) == nil) }

  @Test func otherAddressesAreNoSlots() {
    for text in [
      "10.100.0.0", "10.100.0.1", "10.100.0.255", "10.100.4.2", "10.99.255.254", "0.0.0.0", "255.255.255.255",
    ] {
      #expect(IPv4.parse(text).flatMap { Self.layout.slot(address: $0) } == nil, "\(text)")
    }
    #expect(IPv4.parse("10.100.0.01") == nil && IPv4.parse("10.100.0") == nil && IPv4.parse("256.1.1.1") == nil)
  }

  @Test func tagsComeBack() {
    let owner = Owner(uid: 1000, vm: VMIdentity(high: 1, low: .max), nic: 255)
    let leases = [
      LeaseTag(isKept: true), LeaseTag(isKept: false, isRestricted: true),
      LeaseTag(isKept: true, mac: 0x5254_0012_3456),
      LeaseTag(isKept: false, isRestricted: true, mac: 2),
    ]
    for tag in [Tag.spare] + leases.map({ .lease(owner, $0) }) { #expect(Tag(tag.text) == tag) }
    for alias in ["", "procurator", "procurator:", "procurator:spare:x", "other:spare", "procurator:-1:x:0:k"] {
      #expect(Tag(alias) == nil)
    }
    // A hardware address is there as the flags say, and is one of a station.
    let own = Tag.lease(owner, leases[2]).text
    #expect(own.hasSuffix(":km:525400123456"))
    for wrong in [
      ":km:", ":km:52540012345", ":km:0000000000000", ":km:000000000000", ":km:53540012345A", ":m:525400123456",
    ] {
      #expect(Tag(own.replacingOccurrences(of: ":km:525400123456", with: wrong)) == nil, "\(wrong)")
    }
    // An earlier netd wrote the VM's name behind it.
    let text = Tag.lease(owner, leases[0]).text
    #expect(Tag(text + "web-1") == .lease(owner, leases[0]) && Tag(text + "a b") == nil)
  }

  /// A million random operations against a plain model: no slot has two owners, no owner two slots.
  @Test func noDoubleLease() throws {
    let layout = Layout([
      Network(name: "n", base: 0x0a00_0000, prefix: 16, shards: 2, bridge: "b", tapPrefix: "t")
    ])
    let quota = 150
    var panel = Panel(layout, quota: quota)
    var model: [Int: Owner] = [:]
    var generator = SeededRandom("panel")
    func random(_ bound: Int) -> Int { Int(generator.next() >> 33) % bound }
    var refusals = 0
    for step in 0..<1_000_000 {
      let owner = Owner(
        uid: UInt32(random(4)), vm: VMIdentity(high: 0, low: UInt64(random(130))), nic: UInt8(random(2)))
      switch random(8) {
      case 0...3:
        do {
          let address = random(4) == 0 ? layout.address(Slot(index: random(layout.count))) : 0
          switch try panel.choose(owner, network: "n", address: address) {
          case .own(let slot): #expect(model[slot.index] == owner)
          case .spare(let slot), .fresh(let slot):
            #expect(model[slot.index] == nil)
            try panel.lease(slot, to: owner, LeaseTag(isKept: random(2) == 0), state: .active, now: Int64(step))
            model[slot.index] = owner
          }
        } catch { refusals += 1 }
      case 4, 5:
        guard let slot = panel.slot(of: owner) else { break }
        #expect(panel.slot(handle: panel.handle(slot, owner), uid: owner.uid) == slot)
        #expect(panel.slot(handle: panel.handle(slot, owner), uid: owner.uid + 1) == nil)
        #expect(model.removeValue(forKey: slot.index) == owner)
        panel.set(slot, .retiring)
      case 6:
        let slot = Slot(index: random(layout.count))
        if panel[slot] == .retiring { panel.set(slot, .free) }
      default:
        if panel.spareCount(network: 0) < 16, let slot = panel.freeSlot(network: 0) { panel.set(slot, .spare) }
      }
      guard step % 20_000 == 0 else { continue }
      let leased = (0..<layout.count).filter { panel.lease(Slot(index: $0)) != nil }
      #expect(Set(leased) == Set(model.keys))
      for index in leased { #expect(panel.lease(Slot(index: index))?.owner == model[index]) }
      for uid in 0..<4 as Range<UInt32> {
        #expect(panel.ports(of: uid) == model.values.count { $0.uid == uid })
        #expect(panel.ports(of: uid) <= quota)
      }
      let spares = (0..<layout.count).count { panel[Slot(index: $0)] == .spare }
      #expect(panel.spareCount(network: 0) == spares)
    }
    #expect(refusals > 0)
  }

  @Test func refusalsNameWhatIsWrong() throws {
    var panel = Panel(Self.layout, quota: 1)
    let owner = Owner(uid: 5, vm: VMIdentity(high: 1, low: 1), nic: 0)
    func refusal(_ owner: Owner, _ network: String, _ address: String) -> Failure? {
      do {
        _ = try panel.choose(owner, network: network, address: IPv4.parse(address) ?? 0)
        return nil
      } catch { return error }
    }
    let unknown = try #require(refusal(owner, "nope", "0.0.0.0"))
    #expect(unknown.code == .notFound && unknown.cause.contains("default, lab"))
    let outside = try #require(refusal(owner, "default", "10.200.0.5"))
    #expect(outside.code == .invalid && outside.cause.contains("10.100.0.0/16"))
    #expect(refusal(owner, "default", "192.168.4.7")?.code == .invalid)
    #expect(refusal(owner, "lab", "192.168.4.7") == nil)
    let slot = try #require(panel.freeSlot(network: 0))
    try panel.lease(slot, to: owner, LeaseTag(isKept: false), state: .active, now: 0)
    let other = Owner(uid: 6, vm: owner.vm, nic: 0)
    #expect(refusal(other, "default", IPv4.text(Self.layout.address(slot)))?.code == .exists)
    #expect(refusal(owner, "lab", "0.0.0.0")?.code == .state)
    let second = try #require(refusal(Owner(uid: 5, vm: owner.vm, nic: 1), "default", "0.0.0.0"))
    #expect(second.code == .exhausted && second.cause.contains("1"))
  }

  @Test func aHandleDoesNotFitTheNextUser() throws {
    var panel = Panel(Self.layout, quota: 0)
    let slot = try #require(panel.freeSlot(network: 1))
    let one = Owner(uid: 5, vm: VMIdentity(high: 1, low: 1), nic: 0)
    let other = Owner(uid: 5, vm: VMIdentity(high: 1, low: 2), nic: 0)
    try panel.lease(slot, to: one, LeaseTag(isKept: false), state: .active, now: 0)
    let handle = panel.handle(slot, one)
    panel.set(slot, .free)
    try panel.lease(slot, to: other, LeaseTag(isKept: false), state: .active, now: 0)
    #expect(panel.slot(handle: handle, uid: 5) == nil)
    panel.update(slot) { $0.isGivenBack = true }
    #expect(panel.slot(handle: panel.handle(slot, other), uid: 5) == nil)
  }
}
