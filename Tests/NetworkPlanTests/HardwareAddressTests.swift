import Failure
import IPC
import Seeded
import Testing

@testable import NetworkPlan

/// Hardware addresses that owners of ports have chosen.
@Suite struct HardwareAddressTests {
  private static let layout = Layout([
    Network(name: "n", base: 0x0a00_0000, prefix: 16, shards: 1, bridge: "b", tapPrefix: "t")
  ])
  private static func owner(_ vm: UInt64, uid: UInt32 = 1) -> Owner {
    Owner(uid: uid, vm: VMIdentity(high: 0, low: vm), nic: 0)
  }

  @Test func noGuestGetsWhatIsNoStationsOrNetdsOwn() throws {
    let panel = Panel(Self.layout, quota: 0)
    #expect(try panel.chosen(0, for: Self.owner(1), in: "n") == nil)
    #expect(try panel.chosen(0x5254_0012_3456, for: Self.owner(1), in: "n") == 0x5254_0012_3456)
    let wrong: [UInt64] = [
      0x0100_5e00_0001, 0xffff_ffff_ffff, 0x3333_0000_0001, 1 << 48, .max, 0x0250_0a00_0002, 0x0250_0a00_0001,
      0xfe50_0a00_0002,
    ]
    for mac in wrong {
      let failure = #expect(throws: Failure.self) { try panel.chosen(mac, for: Self.owner(1), in: "n") }
      #expect(failure?.code == .invalid && failure?.remedy.isEmpty == false, "\(mac)")
    }
  }

  /// In a network with others no guest takes a router's.
  @Test func whereOthersAreNobodyHasADevicesAddress() throws {
    let makers: UInt64 = 0x0016_3e00_0001
    #expect(try Panel(Self.layout, quota: 0).chosen(makers, for: Self.owner(1), in: "n") == makers)
    var wide = Self.layout.networks[0]
    wide.uplink = "eth9"
    let panel = Panel(Layout([wide]), quota: 0)
    let refusal = #expect(throws: Failure.self) { try panel.chosen(makers, for: Self.owner(1), in: "n") }
    #expect(refusal?.code == .invalid && refusal?.cause.contains("other hosts are in the network n") == true)
    #expect(try panel.chosen(0x5254_0012_3456, for: Self.owner(1), in: "n") == 0x5254_0012_3456)
  }

  /// A hundred thousand random operations against a plain model: no address has two guests, and each is found by its own.
  @Test func noAddressHasTwoGuests() throws {
    var panel = Panel(Self.layout, quota: 0)
    var model: [Slot: UInt64] = [:]
    var generator = SeededRandom("hardware addresses")
    func random(_ bound: Int) -> Int { Int(generator.next() >> 33) % bound }
    var refusals = 0
    for step in 0..<100_000 {
      let owner = Self.owner(UInt64(random(40)), uid: UInt32(random(2)))
      let slot = panel.slot(of: owner)
      if random(3) == 0 {
        if let slot {
          panel.set(slot, .retiring)
          panel.set(slot, .free)
          model[slot] = nil
        }
        continue
      }
      let wish = random(3) == 0 ? 0 : 0x5254_0000_0000 | UInt64(random(30))
      do {
        let mac = try panel.chosen(wish, for: owner, in: "n")
        #expect(mac == nil || !model.contains { $0.key != slot && $0.value == mac })
        let before = panel.changes
        if let slot {
          panel.activate(slot, isKept: true, mac: mac, now: Int64(step))
          let isOther = model[slot] != mac ?? Self.layout.mac(slot)
          #expect(
            (panel.changes != before) == isOther, "who serves names hears of another address, and of nothing else")
          model[slot] = mac ?? Self.layout.mac(slot)
        } else if let free = panel.freeSlot(network: 0) {
          try panel.lease(free, to: owner, LeaseTag(isKept: true, mac: mac), state: .active, now: Int64(step))
          model[free] = mac ?? Self.layout.mac(free)
        }
      } catch {
        refusals += 1
        #expect(error.code == .exists && model.contains { $0.key != slot && $0.value == wish })
      }
      guard step % 500 == 0 else { continue }
      for (slot, mac) in model {
        #expect(panel.mac(slot) == mac && panel.slot(mac: mac) == slot && panel.port(slot).mac == mac)
        #expect(panel.lease(slot)?.tag.mac == (mac == Self.layout.mac(slot) ? nil : mac))
      }
      for number in 0..<30 as Range<UInt64> where !model.values.contains(0x5254_0000_0000 | number) {
        #expect(panel.slot(mac: 0x5254_0000_0000 | number) == nil)
      }
    }
    #expect(refusals > 100)
  }

  /// The guard of a port is that of its own address with the chosen one in its place, everywhere.
  @Test func theGuardKnowsTheChosenAddressAlone() throws {
    var network = Self.layout.networks[0]
    network.prefix6 = 0xfd00_0000_0000_0000
    let layout = Layout([network])
    let slot = Slot(index: 7)
    let mac: UInt64 = 0x5254_0012_3456
    let rules = PortRules(isRestricted: true, mac: mac)
    let all = layout.everything(slot, rules)
    let text = all.map(\.text).joined(separator: "\n")
    #expect(text.contains("52:54:00:12:34:56") && text.contains("0x525400123456"))
    #expect(text.contains(Layout.linkLocal(mac).text) && !text.contains(Layout.linkLocal(layout.mac(slot)).text))
    #expect(!text.contains(Layout.text(mac: layout.mac(slot))))
    let own = layout.everything(slot, PortRules(isRestricted: true))
    #expect(all.count == own.count && Set(all.map(\.set)) == Set(own.map(\.set)))
    // A change says what goes and what comes, and what a loading adds needs no change.
    let change = Script(layout, slot, from: PortRules(isRestricted: true), to: rules) { _ in false }
    #expect(change.text.contains("delete element bridge procurator senders"))
    #expect(change.text.contains("add element bridge procurator senders"))
    let loaded = Script(layout, [slot: rules], names: [:]) { _, _ in true }
    #expect(!loaded.text.contains("delete element") && !loaded.text.contains(Layout.text(mac: layout.mac(slot)) + ","))
  }
}
