import IPC
import Testing

@testable import NodeCore

/// What netd's numbers say to be scarce, and how long it takes to answer.
@Suite struct ScarcityTests {
  private static func audit(used: [UInt16], max: UInt16 = 100) -> Audit.Reply {
    var reply = Audit.Reply()
    reply.shards = used.enumerated().map { index, used in
      var shard = Audit.Shard()
      shard.slot = SlotName(network: "lab", shard: UInt16(index), host: 0)
      (shard.used, shard.max) = (used, max)
      return shard
    }
    return reply
  }

  private static func words(_ reply: Audit.Reply) -> [String] { reply.findings.map { "\($0.interface): \($0.detail)" } }

  @Test(arguments: [([UInt16(79)], false), ([80], true), ([100, 0], false), ([100, 60], true), ([0, 0, 0], false)])
  func portsAreScarceFromFourFifthsOfAllShards(_ used: [UInt16], _ isScarce: Bool) {
    let whole = Self.audit(used: used).completed(Counters.Reply())
    let sum = used.reduce(0, +)
    #expect(
      Self.words(whole)
        == (isScarce ? ["ports of lab: \(sum) of \(used.count * 100) are taken; raise Shards= in netd.conf"] : []))
    #expect(whole.findings.allSatisfy { $0.kind == .scarce && $0.uid == .max && $0.vm == VMIdentity() })
    #expect(whole.shards.map(\.used) == used.filter { $0 > 0 }, "only shards in use are shown")
  }

  @Test func whateverHasAnEndIsLookedAt() {
    var counters = Counters.Reply()
    (counters.forwards, counters.maxForwards) = (80, 100)
    (counters.clients, counters.maxClients) = (64, 64)
    (counters.descriptors, counters.maxDescriptors) = (900, 1024)
    let whole = Self.audit(used: []).completed(counters)
    #expect(
      Self.words(whole) == [
        "forward ports: 80 of 100 are taken; widen ForwardPorts= in netd.conf",
        "clients: 64 of 64 are taken; raise MaxClients= in netd.conf",
        "descriptors: 900 of 1024 are taken; raise LimitNOFILE= of netd",
      ])
    #expect(Self.audit(used: []).completed(Counters.Reply()).findings.isEmpty)
  }

  @Test func allPagesAreAskedForAndOrphansRemovedOnce() throws {
    var asked: [Audit] = []
    let whole = try Audit.all(fix: true) { request in
      asked.append(request)
      var page = Audit.Reply()
      page.findings = [Audit.Finding()]
      page.next = asked.count < 3 ? UInt32(asked.count) : 0
      return page
    }
    #expect(asked.map(\.cursor) == [0, 1, 2] && asked.map(\.fix) == [true, false, false])
    #expect(whole.findings.count == 3 && whole.next == 0)
  }

  @Test func timesFallIntoBuckets() {
    var times = RequestTimes()
    for time: UInt64 in [0, 50, 51, 100_000, 100_001] { times.note(time) }
    #expect(times.buckets == [2, 1, 0, 0, 0, 0, 0, 0, 1, 1] && times.microseconds == 200_102)
  }
}
