import Failure
import IPC
import IPCPeer
import Testing

@testable import NodeCore
@testable import VMSpec

/// What netdns is to know, and what is left to say to one that knows some of it.
@Suite struct NetdnsFactsTests {
  private static let (one, two) = (VMIdentity(high: 1, low: 1), VMIdentity(high: 1, low: 2))

  private static func name(_ vm: VMIdentity, _ name: String) -> ToldName {
    ToldName(vm: vm, network: "default", name: name)
  }

  private static func facts() -> NetdnsFacts {
    var facts = NetdnsFacts()
    facts.note(name(one, "web"))
    for nic in 0...1 as ClosedRange<UInt8> {
      let rules = NetworkRules(NICSpec(allowedDomains: ["a\(nic).example"]), vm: one, nic: nic, said: true, saved: [])
      facts.note(rules, of: LeaseKey(vm: one, nic: nic))
    }
    return facts
  }

  @Test func whatHasChangedMeanwhileIsSaid() {
    let before = Self.facts()
    #expect(before.lists.count == 2 && before.since(before) == NetdnsFacts())
    var after = before
    after.note(Self.name(Self.two, "db"))
    after.dropList(of: LeaseKey(vm: Self.one, nic: 1))
    #expect(after.since(before).names == [Self.two: Self.name(Self.two, "db")])
    #expect(after.since(before).lists.isEmpty && after.since(before).deleted.isEmpty)
    after.delete(vm: Self.one)
    #expect(after.since(before).deleted == [Self.one] && after.lists.isEmpty)
    after.settle(deleted: [Self.one])
    #expect(after.deleted.isEmpty)
    // One that was never called anything is nobody's to take back, and one that is called so again is not deleted.
    after.delete(vm: Self.one)
    #expect(after.deleted.isEmpty)
    after.delete(vm: Self.two)
    after.note(Self.name(Self.two, "db"))
    #expect(after.deleted.isEmpty)
  }

  /// A host may do without netdns for ever.
  @Test func ofDeletedVMsAsManyAreKeptAsNetdnsKnows() {
    var facts = NetdnsFacts()
    for number in 0..<5000 {
      let vm = VMIdentity(high: 2, low: UInt64(number))
      facts.note(Self.name(vm, "vm\(number)"))
      facts.delete(vm: vm)
    }
    #expect(facts.deleted.count == 4096 && facts.names.isEmpty)
  }

  @Test func aRefusalIsTheVMsAsLongAsItWantsThat() throws {
    var facts = Self.facts()
    var refusals = NetdnsRefusals()
    let list = try #require(facts.lists[LeaseKey(vm: Self.one, nic: 1)])
    refusals.lists[list] = Failure(.exists, operation: "serve domains", cause: "list")
    #expect(refusals.byVM(facts)[Self.one]?.cause == "list")
    refusals.names[Self.name(Self.one, "web")] = Failure(.exists, operation: "serve name", cause: "name")
    #expect(refusals.byVM(facts)[Self.one]?.cause == "name" && refusals.byVM(facts).count == 1)
    #expect(facts.refused(refusals).names.count == 1 && facts.refused(refusals).lists.count == 1)
    facts.dropName(of: Self.one)
    #expect(refusals.byVM(facts)[Self.one]?.cause == "list")
    facts.rest(vm: Self.one)
    #expect(refusals.byVM(facts).isEmpty && facts.refused(refusals) == NetdnsFacts())
  }
}
