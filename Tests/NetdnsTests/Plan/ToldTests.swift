import Failure
import IPC
import IPCNames
import IPCPeer
import Testing

@testable import netdns

/// What supervisors say, and what of it is believed.
@Suite struct ToldTests {
  private static let shards = [
    Shards.Entry("default", 0, bridge: "br0", gateway: "10.100.0.1"),
    Shards.Entry("lab", 0, bridge: "br1", gateway: "10.101.0.1"),
  ]
  private static let (one, two) = (VMIdentity(high: 1, low: 1), VMIdentity(high: 1, low: 2))

  /// What netd says: who has which host of the network `default`, and with which list.
  private static func facts(_ ports: (uid: UInt32, vm: VMIdentity, host: UInt8, list: UInt32)...) -> PortFacts {
    let leases = ports.map { port in
      var entry = Leases.Entry(uid: port.uid, port.vm, 0, SlotName(network: "default", shard: 0, host: port.host))
      if port.list != 0 { (entry.list, entry.listID, entry.resolver) = (port.list, port.list + port.uid, 15_361) }
      return entry
    }
    let checked = PortFacts.checked(shards: shards, leases: leases)
    #expect(checked.diagnostics.isEmpty)
    return checked.facts
  }

  private static func named(_ vm: VMIdentity, _ name: String, in network: String = "default") -> TellName {
    TellName(vm: vm, network: network, name: name)
  }

  private func refusal(_ body: () throws(Failure) -> Bool) -> Failure? {
    do throws(Failure) {
      _ = try body()
      return nil
    } catch { return error }
  }

  private static func words(_ listing: Listing) -> [String] { listing.names.map { "\($0.name) \($0.address & 255)" } }

  @Test func aNameCountsForTheOwnersPortOnly() throws {
    var told = Told(linger: 100)
    try told.take(Self.named(Self.one, "web"), uid: 1000, by: 1)
    // Of a VM of another user nobody can say anything.
    try told.take(Self.named(Self.one, "evil"), uid: 1001, by: 2)
    #expect(Self.words(told.listing(Self.facts(), now: 0)) == [])
    #expect(Self.words(told.listing(Self.facts((1000, Self.one, 5, 0)), now: 0)) == ["web 5"])
    try told.take(Self.named(Self.one, "shop"), uid: 1000, by: 1)
    #expect(Self.words(told.listing(Self.facts((1000, Self.one, 5, 0)), now: 0)) == ["shop 5"])
    try told.take(Self.named(Self.one, ""), uid: 1000, by: 1)
    #expect(Self.words(told.listing(Self.facts((1000, Self.one, 5, 0)), now: 0)) == [])
  }

  @Test func aNameBelongsToWhoHadItFirst() throws {
    var told = Told(linger: 100)
    // Said in time, but without a port: that takes it from nobody.
    try told.take(Self.named(Self.two, "web"), uid: 1001, by: 2)
    try told.take(Self.named(Self.one, "web"), uid: 1000, by: 1)
    #expect(Self.words(told.listing(Self.facts((1000, Self.one, 9, 0)), now: 0)) == ["web 9"])
    let both = Self.facts((1001, Self.two, 5, 0), (1000, Self.one, 9, 0))
    #expect(Self.words(told.listing(both, now: 0)) == ["web 9"], "a lower slot takes nothing away")
    let refusal = #expect(throws: Failure.self) { try told.take(Self.named(Self.two, "web"), uid: 1001, by: 2) }
    #expect(refusal?.code == .exists && refusal?.cause == "a VM of another user has it in network default")
    #expect(refusal?.object == "VM name \"web\"" && refusal?.remedy == "choose another name")
    // In another network it is another name, and its own user is not refused.
    try told.take(Self.named(Self.two, "web", in: "lab"), uid: 1001, by: 2)
    try told.take(Self.named(Self.one, "web"), uid: 1000, by: 1)
    // Said of a network in which the VM is not, it gets it nothing either.
    #expect(Self.words(told.listing(both, now: 0)) == ["web 9"])
    #expect(Self.words(told.listing(Self.facts((1001, Self.two, 5, 0)), now: 0)) == ["web 5"], "now it is free")
  }

  /// Of two users who had said the same before either had a port, the lower slot has it.
  @Test func aNameIsServedOnce() throws {
    var told = Told(linger: 100)
    try told.take(Self.named(Self.one, "web"), uid: 1000, by: 1)
    try told.take(Self.named(Self.two, "web"), uid: 1001, by: 2)
    let both = Self.facts((1001, Self.two, 5, 0), (1000, Self.one, 9, 0))
    #expect(Self.words(told.listing(both, now: 0)) == ["web 5"])
  }

  @Test func whatWasSaidOutlivesTheClientButNotThePort() throws {
    var told = Told(linger: 100)
    try told.take(Self.named(Self.one, "web"), uid: 1000, by: 1)
    try told.take(TellDomains(list: 7, domains: ["a.example"]), uid: 1000, by: 1)
    told.leave(1)
    let facts = Self.facts((1000, Self.one, 5, 7))
    #expect(Self.words(told.listing(facts, now: 1_000_000)) == ["web 5"] && told.forgetAt == nil)
    #expect(told.listing(Self.facts(), now: 2_000_000).names.isEmpty && told.forgetAt == 2_000_100)
    // Given back for a moment, as when netd was started again.
    #expect(Self.words(told.listing(facts, now: 2_000_050)) == ["web 5"] && told.forgetAt == nil)
    _ = told.listing(Self.facts(), now: 3_000_000)
    _ = told.listing(Self.facts(), now: 3_000_100)
    let late = told.listing(facts, now: 3_000_101)
    #expect(late.names.isEmpty && late.lists.map(\.domains) == [nil] && told.forgetAt == nil)
  }

  @Test func aListHasTheDomainsOfItsOwner() throws {
    var told = Told(linger: 100)
    try told.take(TellDomains(list: 7, domains: ["*.B.example.", "a.example", "b.example"]), uid: 1000, by: 1)
    try told.take(TellDomains(list: 7, domains: ["evil.example"]), uid: 1001, by: 2)
    let listing = told.listing(Self.facts((1000, Self.one, 5, 7), (1001, Self.two, 6, 7)), now: 0)
    #expect(
      listing.lists == [
        ServedList(
          id: 1007, uid: 1000, number: 7, network: "default", port: 15_361, domains: ["a.example", "b.example"]),
        ServedList(id: 1008, uid: 1001, number: 7, network: "default", port: 15_361, domains: ["evil.example"]),
      ])
  }

  @Test func theNextRunKnowsWhoseNameItIs() throws {
    var told = Told(linger: 100)
    try told.take(Self.named(Self.one, "web"), uid: 1000, by: 1)
    let listing = told.listing(Self.facts((1000, Self.one, 5, 0)), now: 0)
    var files = ["names/default/names": "10.100.0.5 old.default.internal\n"]
    let text = ToldFile.text(listing.owned, beside: files)
    #expect(text.hasSuffix("\n1000 00000000-0000-0001-0000-000000000001 default web\n"))
    #expect(ToldFile.parse(text) == listing.owned)
    files[ToldFile.path] = text + "1000 x default y\n1 2 3 4 5\n"
    var next = Told(linger: 100, files: files)
    #expect(Self.words(next.listing(Self.facts((1000, Self.one, 6, 0)), now: 0)) == ["web 6"])
    // Another VM in the same slot has not inherited it.
    next = Told(linger: 100, files: files)
    #expect(Self.words(next.listing(Self.facts((1000, Self.two, 5, 0)), now: 0)) == [])
  }

  /// A release that does not know who was told what has been here since, and wrote other names.
  @Test func ownersThatAreOlderThanTheNamesAreNotBelieved() throws {
    var told = Told(linger: 100)
    try told.take(Self.named(Self.one, "web"), uid: 1000, by: 1)
    let owned = told.listing(Self.facts((1000, Self.one, 5, 0)), now: 0).owned
    let before = ["names/default/names": "10.100.0.5 web.default.internal\n"]
    let files = [
      ToldFile.path: ToldFile.text(owned, beside: before), "names/default/names": "10.100.0.6 web.default.internal\n",
    ]
    var next = Told(linger: 100, files: files)
    let facts = Self.facts((1000, Self.one, 5, 0), (1001, Self.two, 6, 0))
    #expect(Self.words(next.listing(facts, now: 0)) == ["web 6"])
  }

  @Test func whatIsTakenBackIsSaidToBe() throws {
    var told = Told(linger: 100)
    try told.take(Self.named(Self.one, "web"), uid: 1000, by: 1)
    let facts = Self.facts((1000, Self.one, 5, 0))
    #expect(told.listing(facts, now: 0).released.isEmpty)
    // Said again it is the same; nobody is called so only when it is taken back, or another name is said.
    try told.take(Self.named(Self.one, "web"), uid: 1000, by: 1)
    #expect(told.listing(facts, now: 1).released.isEmpty)
    try told.take(Self.named(Self.one, ""), uid: 1000, by: 1)
    #expect(told.listing(Self.facts(), now: 2).released == [NamePlace(network: "default", name: "web")])
    #expect(told.listing(Self.facts(), now: 3).released.isEmpty)
    // Another user may have it at once.
    try told.take(Self.named(Self.two, "web"), uid: 1001, by: 2)
    #expect(Self.words(told.listing(Self.facts((1001, Self.two, 6, 0)), now: 4)) == ["web 6"])
  }

  /// A refusal takes nothing away: the VM is called as it was, and nobody else is.
  @Test func whoIsRefusedANameKeepsTheOldOne() throws {
    var told = Told(linger: 100)
    try told.take(Self.named(Self.one, "web"), uid: 1000, by: 1)
    try told.take(Self.named(Self.two, "db"), uid: 1001, by: 2)
    let facts = Self.facts((1000, Self.one, 5, 0), (1001, Self.two, 6, 0))
    _ = told.listing(facts, now: 0)
    for name in ["db", "UPPER", "wpad"] {
      #expect(throws: Failure.self) { try told.take(Self.named(Self.one, name), uid: 1000, by: 1) }
    }
    let third = #expect(throws: Failure.self) { try told.take(Self.named(Self.two, "web"), uid: 1001, by: 2) }
    #expect(third?.code == .exists)
    let listing = told.listing(facts, now: 1)
    #expect(Self.words(listing) == ["web 5", "db 6"] && listing.released.isEmpty)
  }

  /// netd has come back and nobody has spoken for its VM yet, whose address another user's VM has got meanwhile.
  @Test(arguments: ["", "db", "web"]) func aRememberedNameLeadsToNoOtherVM(_ name: String) throws {
    var told = Told(linger: 100)
    var memory = NameMemory(linger: 100)
    func served(_ facts: PortFacts, now: Int64) -> [String] {
      let listing = told.listing(facts, isNew: memory.forgetAt != nil, now: now)
      return memory.serve(listing, now: now).map { "\($0.name) \($0.address & 255)" }
    }
    try told.take(Self.named(Self.one, "web"), uid: 1000, by: 1)
    #expect(served(Self.facts((1000, Self.one, 5, 0)), now: 0) == ["web 5"])
    memory.startOver(now: 10)
    #expect(served(Self.facts(), now: 11) == ["web 5"])
    // Who wants the same name hears that it is another's.
    let refused = refusal { () throws(Failure) in try told.take(Self.named(Self.two, name), uid: 1001, by: 2) }
    #expect(refused?.code == (name == "web" ? .exists : nil))
    #expect(served(Self.facts((1001, Self.two, 5, 0)), now: 12) == (name == "db" ? ["db 5"] : []))
    let both = Self.facts((1001, Self.two, 5, 0), (1000, Self.one, 6, 0))
    #expect(served(both, now: 13).contains("web 6"))
  }

  /// Files of the release before say no owner: who has the address is meant, as long as its owner says nothing else.
  @Test func namesOfTheReleaseBeforeStay() throws {
    let files = ["names/default/names": "10.100.0.5 web.default.internal\n10.100.0.6 db.default.internal\n"]
    var told = Told(linger: 100, files: files)
    let facts = Self.facts((1000, Self.one, 5, 0))
    #expect(Self.words(told.listing(facts, now: 0)) == ["web 5"])
    #expect(Self.words(told.listing(Self.facts((1000, Self.one, 5, 0), (1000, Self.two, 6, 0)), now: 9)) == ["web 5"])
    try told.take(Self.named(Self.one, "shop"), uid: 1000, by: 1)
    #expect(Self.words(told.listing(facts, now: 10)) == ["shop 5"])
  }

  @Test(arguments: [
    "UPPER", "a.b", "-a", "a b", "wpad", "localhost", "a\nuser=root", String(repeating: "a", count: 64),
  ])
  func whatIsNoNameIsRefused(_ name: String) {
    var told = Told(linger: 100)
    let refusal = #expect(throws: Failure.self) { try told.take(Self.named(Self.one, name), uid: 1000, by: 1) }
    #expect(refusal?.code == .invalid && refusal?.object == "VM name \"\(name)\"")
    #expect(refusal?.cause == "it cannot be a name in DNS" && refusal?.remedy.contains("at most 63") == true)
    let place = #expect(throws: Failure.self) {
      try told.take(Self.named(Self.one, "web", in: "a b"), uid: 1000, by: 1)
    }
    #expect(place?.code == .invalid && place?.object == "network \"a b\"")
  }

  @Test func whatIsNoListIsRefused() {
    var told = Told(linger: 100)
    let long = (0..<64).map { "\($0)." + Array(repeating: "abcdefgh.", count: 16).joined() + "example" }
    for (request, words) in [
      (TellDomains(list: 0, domains: ["a.example"]), "0 stands for no list"),
      (TellDomains(list: 1, domains: ["a b"]), "it is no domain name"),
      (TellDomains(list: 1, domains: ["a.example", "b\nuser=root"]), "it is no domain name"),
      (TellDomains(list: 1, domains: long), "8192 is the most"),
    ] {
      let refusal = #expect(throws: Failure.self) { try told.take(request, uid: 1000, by: 1) }
      #expect(refusal?.code == .invalid && refusal?.cause.contains(words) == true && refusal?.remedy.isEmpty == false)
    }
  }

  @Test func thereIsAnEndToWhatAUserMaySay() throws {
    var told = Told(linger: 100)
    for number in 0..<NamesLimits.names {
      try told.take(Self.named(VMIdentity(high: 3, low: UInt64(number)), "vm\(number)"), uid: 1000, by: 1)
    }
    let name = #expect(throws: Failure.self) { try told.take(Self.named(Self.two, "more"), uid: 1000, by: 1) }
    #expect(name?.code == .exhausted)
    // Others may, and who is at the bound may say another name of a VM, or the same again.
    try told.take(Self.named(Self.two, "more"), uid: 1001, by: 2)
    try told.take(Self.named(VMIdentity(high: 3, low: 0), "vm0"), uid: 1000, by: 1)
    try told.take(Self.named(VMIdentity(high: 3, low: 0), "other"), uid: 1000, by: 1)
  }

  private static func domains(_ number: Int, _ domain: String = "a.example") -> TellDomains {
    TellDomains(list: UInt32(number), domains: [domain])
  }

  private static func described(_ listing: Listing) -> [UInt32: Bool] {
    Dictionary(listing.lists.map { ($0.number, $0.domains != nil) }) { first, _ in first }
  }

  /// A supervisor that lives long describes one list after the other and takes none back.
  @Test func aLongLifeHasRoomForNewLists() throws {
    var told = Told(linger: 100)
    let facts = Self.facts((1000, Self.one, 5, 1), (1000, Self.two, 6, 300))
    for number in 1...300 {
      try told.take(Self.domains(number), uid: 1000, by: 1)
      if number == 1 { _ = told.listing(facts, now: 0) }
    }
    // What a port has is there, however old; what was said last too.
    #expect(Self.described(told.listing(facts, now: 1)) == [1: true, 300: true])
    let others = Self.facts((1000, Self.one, 5, 2), (1000, Self.two, 6, 299))
    #expect(Self.described(told.listing(others, now: 2)) == [2: false, 299: true])
  }

  @Test func listsWithPortsAreBounded() throws {
    var told = Told(linger: 100)
    var facts = PortFacts()
    for number in 1...ToldLists.most {
      try told.take(Self.domains(number), uid: 1000, by: 1)
      let vm = VMIdentity(high: 5, low: UInt64(number))
      facts.leases.append(
        PortFacts.Lease(
          uid: 1000, vm: vm, nic: 1, network: "default", address: 0, list: UInt32(number), listID: UInt32(number),
          resolver: 15_361))
    }
    _ = told.listing(facts, now: 0)
    let refusal = #expect(throws: Failure.self) { try told.take(Self.domains(999), uid: 1000, by: 1) }
    #expect(refusal?.code == .exhausted && refusal?.cause.contains("256") == true)
    // Others may, and one that is taken back makes room.
    try told.take(Self.domains(999), uid: 1001, by: 2)
    try told.take(TellDomains(list: 1, domains: []), uid: 1000, by: 1)
    try told.take(Self.domains(999), uid: 1000, by: 1)
  }

  /// Numbers are hashes of 32 bits: two lists may meet in one, and none may get the other's domains.
  @Test func aPortsListKeepsItsDomains() throws {
    var told = Told(linger: 100)
    try told.take(Self.domains(7), uid: 1000, by: 1)
    try told.take(Self.domains(7, "b.example"), uid: 1000, by: 1)
    let facts = Self.facts((1000, Self.one, 5, 7))
    _ = told.listing(facts, now: 0)
    let refusal = #expect(throws: Failure.self) { try told.take(Self.domains(7), uid: 1000, by: 2) }
    #expect(refusal?.code == .exists && refusal?.remedy.contains("another number") == true)
    try told.take(Self.domains(7, "*.B.example"), uid: 1000, by: 2)
    #expect(told.listing(facts, now: 1).lists.map(\.domains) == [["b.example"]])
    try told.take(Self.domains(7), uid: 1001, by: 3)
    _ = told.listing(Self.facts(), now: 2)
    try told.take(Self.domains(7), uid: 1000, by: 2)
  }
}
