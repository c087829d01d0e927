import Configuration
import Failure
import IPC
import IPCPeer
import Testing

@testable import NetworkPlan

/// What netd answers when it is asked what there is.
@Suite struct AnswerTests {
  /// Two users' leases by turns, in the whole of the first shard.
  private static func full() throws -> Panel {
    var panel = Panel(PanelTests.layout, quota: 0)
    for number in panel.layout.slots(network: 0, shard: 0) {
      let owner = Owner(uid: UInt32(1000 + number % 2), vm: VMIdentity(high: 1, low: UInt64(number)), nic: 0)
      try panel.lease(
        Slot(index: number), to: owner, LeaseTag(isKept: number % 3 == 0),
        state: number % 3 == 0 ? .kept : .active, now: 1000)
    }
    return panel
  }

  @Test(arguments: [(UInt32?.none, 253), (1000, 127), (1001, 126), (7, 0)])
  func pagesTogetherAreAllThatOneMaySee(_ uid: UInt32?, _ count: Int) throws {
    let panel = try Self.full()
    let viewer = Viewer(uid: uid, now: 61_500)
    var pages = 0
    let entries = try Ports.all { request throws(Failure) in
      pages += 1
      return panel.ports(at: request.cursor, ListTable(), for: viewer)
    }
    #expect(entries.count == count && Set(entries.map(\.slot)).count == count)
    #expect(pages == max(1, (count + Ports.Entry.perPage - 1) / Ports.Entry.perPage))
    #expect(entries.allSatisfy { $0.age == 60 && (uid == nil || $0.uid == uid) })
    #expect(panel.ports(at: .max, ListTable(), for: viewer) == Ports.Reply())
  }

  @Test func occupancyCountsEveryShard() throws {
    var panel = try Self.full()
    panel.set(Slot(index: panel.layout.slots(network: 1, shard: 0).lowerBound), .spare)
    let reply = panel.occupancy()
    #expect(reply.shards.map(\.used) == [253, 0, 0, 0, 0] && reply.shards.map(\.ready) == [0, 0, 0, 0, 1])
    #expect(reply.shards.map(\.isInUse) == [true, false, false, false, true])
    #expect(reply.active + reply.kept == 253 && reply.kept == 85 && reply.ready == 1 && reply.releasing == 0)
  }

  @Test func aPortIsListedWithItsList() throws {
    let panel = try Self.full()
    var lists = ListTable()
    let slot = Slot(index: panel.layout.slots(network: 0, shard: 0).lowerBound)
    lists.use(try lists.find(uid: 1000, network: 0, number: 7), by: slot)
    let entries = panel.ports(at: 0, lists, for: Viewer(uid: nil, now: 0)).entries
    #expect(entries[0].list == 7 && entries[0].listID == 7 && entries[0].resolver == 15_367)
    #expect(entries.dropFirst().allSatisfy { $0.list == 0 && $0.listID == 0 && $0.resolver == 0 })
  }

  @Test func aVersionIsAgreedOnOrRefused() throws {
    let settings = try NetdSettings(ConfigurationFile.parse("", name: "f.conf"), .numbers)
    #expect(try settings.greet(Hello(client: "x"), Access.Grant()).networks == ["default"])
    #expect(try settings.greet(Hello(client: "x"), .nothing).networks.isEmpty)
    for (oldest, newest) in [(UInt16(1), UInt16(3)), (7, 9), (9, 1)] {
      var hello = Hello(client: "x")
      (hello.oldest, hello.newest) = (oldest, newest)
      let refusal = #expect(throws: Failure.self) { try settings.greet(hello, Access.Grant()) }
      #expect(refusal?.code == .protocol && refusal?.cause.hasSuffix("\(oldest) to \(newest)") == true)
    }
  }

  @Test func findingsOfOthersAreNotShown() {
    let mine = Owner(uid: 1000, vm: VMIdentity(high: 1, low: 1), nic: 0)
    let theirs = Owner(uid: 1001, vm: VMIdentity(high: 1, low: 2), nic: 0)
    let long = String(repeating: "ä", count: 200)
    let all = [
      Finding(.orphan, "pcr0-2", mine, now: 0), Finding(.orphan, "pcr0-3", theirs, now: 0),
      Finding(.broken, "br0", nil, long, now: 0),
    ]
    let page = Finding.page(of: all, at: 0, for: Viewer(uid: 1000, now: 5000))
    #expect(page.entries.map(\.interface) == ["pcr0-2", "br0"] && page.entries.map(\.age) == [5, 5])
    #expect(page.entries[1].detail.utf8.count <= 256 && page.entries[1].detail.hasPrefix("äää"))
    #expect(Finding.page(of: all, at: 0, for: Viewer(uid: nil, now: 0)).entries.count == 3)
    #expect(Finding.page(of: all, at: 1, for: Viewer(uid: 1000, now: 0)).entries.map(\.interface) == ["br0"])
  }

  @Test func newsGoOnWhereTheyEnded() {
    var log = NotificationLog()
    for number in 0..<300 { log.add("br0", "\(number)", nil, now: 0) }
    var (after, seen): (UInt64, [UInt64]) = (0, [])
    var isLast = false
    while !isLast {
      let page = log.page(after: after, life: 7, for: Viewer(uid: 1000, now: 0))
      #expect(page.life == 7 && page.last == 300)
      seen += page.entries.map(\.number)
      (after, isLast) = (page.entries.last?.number ?? after, !page.more)
    }
    #expect(seen == Array(45...300), "the last 256 are remembered")
  }

  @Test(arguments: [
    (Policy(vm: VMIdentity(), nic: 0, isRestricted: false, list: 7), "everything is allowed"),
    (Policy(vm: VMIdentity(), nic: 0, isRestricted: true, ranges: [Policy.Range(address: 0, prefix: 33)]), "32 bits"),
    (Policy(vm: VMIdentity(), nic: 0, isRestricted: true, sendRate: 17 << 30), "bytes per second"),
  ])
  func policiesThatMeanNothingAreRefused(_ policy: Policy, _ words: String) {
    let network = PanelTests.layout.networks[0]
    let refusal = #expect(throws: Failure.self) { try network.check(policy) }
    #expect(refusal?.code == .invalid && refusal?.cause.contains(words) == true, "\(refusal?.cause ?? "")")
  }

  @Test func anExternalNetworkHasNoLists() throws {
    var network = PanelTests.layout.networks[0]
    let policy = Policy(vm: VMIdentity(), nic: 0, isRestricted: true, list: 7)
    try network.check(policy)
    network.mode = .external
    #expect(#expect(throws: Failure.self) { try network.check(policy) }?.code == .unsupported)
    try network.check(Policy(vm: VMIdentity(), nic: 0, isRestricted: true))
  }
}
