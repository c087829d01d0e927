import Failure
import Foundation
import Linux
import Synchronization
import Testing

@testable import HypervisorQEMU
@testable import Text

/// Events that a guest causes without end.
@Suite struct QMPFloodTests {
  private static func event(_ name: String) -> [UInt8] {
    Array(#"{"timestamp": {"seconds": 1732800000, "microseconds": 12}, "event": "\#(name)", "data": {"x": 1}}"#.utf8)
  }

  @Test func theNameIsFoundWithoutReading() {
    #expect(QMPEventRates.name(of: Self.event("GUEST_CRASHLOADED")) == "GUEST_CRASHLOADED")
    for other in [#"{"return": {"event": "X"}, "id": 3}"#, "{}", "", "nonsense", #"{"QMP": {}}"#] {
      let name = QMPEventRates.name(of: Array(other.utf8))
      #expect(name == nil || name == "X", "\(other)")
    }
  }

  @Test func manyOfOneNameAreDroppedAndOthersPass() {
    var rates = QMPEventRates()
    var verdicts: [QMPEventRates.Verdict] = []
    for _ in 0..<1000 { verdicts.append(rates.judge(Self.event("GUEST_CRASHLOADED"), now: 5)) }
    #expect(verdicts.count { $0 == .read } == Int(QMPEventRates.burst))
    #expect(verdicts.filter { $0 == .told("GUEST_CRASHLOADED") }.count == 1)
    #expect(rates.judge(Self.event("BLOCK_IO_ERROR"), now: 5) == .read)
    for name in QMPEventRates.essential {
      for _ in 0..<1000 { #expect(rates.judge(Self.event(name), now: 5) == .read) }
    }
    // Half a second later there is room for some again; a minute later it is news again.
    #expect((0..<10).map { _ in rates.judge(Self.event("GUEST_CRASHLOADED"), now: 5.5) }.count { $0 == .read } == 5)
    for _ in 0..<100 { verdicts.append(rates.judge(Self.event("GUEST_CRASHLOADED"), now: 70)) }
    #expect(verdicts.suffix(100).contains(.told("GUEST_CRASHLOADED")))
  }

  @Test func namesWithoutEndTakeNoMemoryWithoutEnd() {
    var rates = QMPEventRates()
    for number in 0..<10_000 { _ = rates.judge(Self.event("E\(number)"), now: 1) }
    #expect(rates.names <= QMPEventRates.mostNames + 1)
  }

  /// Half a million events in the middle of a conversation.
  @Test func aFloodOfEventsCostsLittle() async throws {
    let flood = Self.event("GUEST_CRASHLOADED") + [0x0a]
    let many = Array(repeatElement(flood, count: 100_000).joined())
    let near = try FakePeer.start(greeting: "{\"QMP\": {\"version\": {\"qemu\": {\"major\": 7}}}}\n") { line, _ in
      let message = try? JSON(parsing: line)
      let answer = Array("{\"return\": {}, \"id\": \(message?["id"]?.integer ?? 0)}\n".utf8)
      return .bytes(
        message?["execute"]?.string == "qmp_capabilities" ? answer : many + Self.event("STOP") + [0x0a] + answer)
    }
    let client = try await QMPClient.adopt(near, timeout: .seconds(20))
    let (memory, processor) = (OwnUse.memory, OwnUse.processor)
    try await client.execute("query-status", timeout: .seconds(60))
    print(
      "100000 events: memory +\((OwnUse.memory - min(OwnUse.memory, memory)) >> 10) KiB, processor "
        + "\(OwnUse.processor - processor) s")
    await client.close()
    var kinds: [QMPEvent.Kind] = []
    for await event in client.events { kinds.append(event.kind) }
    #expect(kinds.contains(.tooMany("GUEST_CRASHLOADED")) && kinds.last == .stop)
    #expect(kinds.count < 1000)
  }
}
