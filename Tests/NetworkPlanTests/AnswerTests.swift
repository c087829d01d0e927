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
        Slot(index: number), to: owner, LeaseTag(name: "vm\(number / 2)", isKept: number % 3 == 0),
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
      return panel.ports(at: request.cursor, for: viewer)
    }
    #expect(entries.count == count && Set(entries.map(\.slot)).count == count)
    #expect(pages == max(1, (count + NetdLimits.page - 1) / NetdLimits.page))
    #expect(entries.allSatisfy { $0.age == 60 && (uid == nil || $0.uid == uid) })
    #expect(panel.ports(at: .max, for: viewer) == Ports.Reply())
  }

  @Test func occupancyCountsEveryShard() throws {
    var panel = try Self.full()
    panel.set(Slot(index: panel.layout.slots(network: 1, shard: 0).lowerBound), .spare)
    let reply = panel.occupancy()
    #expect(reply.shards.map(\.used) == [253, 0, 0, 0, 0] && reply.shards.map(\.ready) == [0, 0, 0, 0, 1])
    #expect(reply.shards.map(\.isInUse) == [true, false, false, false, true])
    #expect(reply.active + reply.kept == 253 && reply.kept == 85 && reply.ready == 1 && reply.releasing == 0)
  }

  /// Of two users with the same name the one with the lower slot has it.
  @Test func aNameIsListedOnce() throws {
    let panel = try Self.full()
    let names = try Names.all { request throws(Failure) in panel.names(at: request.cursor) }
    #expect(names.count == 127 && Set(names.map(\.name)).count == 127)
    #expect(names.first?.name == "vm0" && names.first?.slot.host == 2)
    let other = Owner(uid: 1001, vm: VMIdentity(), nic: 0)
    #expect(panel.isTaken("vm0", by: other, in: "default") && !panel.isTaken("vm0", by: other, in: "lab"))
    #expect(!panel.isTaken("", by: other, in: "default") && !panel.isTaken("none", by: other, in: "default"))
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
    (Policy(vm: VMIdentity(), nic: 0, isRestricted: false, domains: ["a.example"]), "everything is allowed"),
    (Policy(vm: VMIdentity(), nic: 0, isRestricted: true, domains: ["a b"]), "no domain name"),
    (Policy(vm: VMIdentity(), nic: 0, isRestricted: true, ranges: [Policy.Range(address: 0, prefix: 33)]), "32 bits"),
    (Policy(vm: VMIdentity(), nic: 0, isRestricted: true, sendRate: 17 << 30), "bytes per second"),
    (
      Policy(
        vm: VMIdentity(), nic: 0, isRestricted: true,
        domains: (0..<64).map { "\($0)." + Array(repeating: "abcdefgh.", count: 16).joined() + "example" }), "more than"
    ),
  ])
  func policiesThatMeanNothingAreRefused(_ policy: Policy, _ words: String) {
    let network = PanelTests.layout.networks[0]
    let refusal = #expect(throws: Failure.self) { try network.check(policy) }
    #expect(refusal?.code == .invalid && refusal?.cause.contains(words) == true, "\(refusal?.cause ?? "")")
  }

  @Test func aPolicysDomainsHaveOneForm() throws {
    var network = PanelTests.layout.networks[0]
    let policy = Policy(vm: VMIdentity(), nic: 0, isRestricted: true, domains: ["*.Example.COM.", "example.com"])
    #expect(try network.check(policy) == ["example.com"])
    network.mode = .external
    #expect(#expect(throws: Failure.self) { try network.check(policy) }?.code == .unsupported)
    #expect(try network.check(Policy(vm: VMIdentity(), nic: 0, isRestricted: true)) == [])
  }
}
