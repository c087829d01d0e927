import Failure
import Foundation
import GRPCCore
import Life
import NodeAPI
import Synchronization
import Testing

@testable import NodeCore
@testable import NodeService

/// What readers of the event log get, without a wire.
@Suite struct EventStreamTests {
  private static func event(_ number: UInt64) -> NumberedEvent {
    NumberedEvent(sequence: number, HostEvent(kind: .warning, what: "event \(number)"))
  }

  @Test func metadataOfTheRequest() throws {
    #expect(try EventStreamOptions(Metadata()) == EventStreamOptions())
    var good = Metadata()
    good.addString("17", forKey: "procurator-after")
    good.addString("3600", forKey: "procurator-heartbeat")
    let options = try EventStreamOptions(good)
    #expect(options.after == 17 && options.heartbeat == 3600)
    for (key, texts) in [
      ("procurator-after", ["-1"]), ("procurator-after", ["x"]), ("procurator-after", ["1", "2"]),
      ("procurator-after", ["18446744073709551616"]), ("procurator-heartbeat", ["0"]),
      ("procurator-heartbeat", ["3601"]), ("procurator-heartbeat", [""]),
    ] {
      var metadata = Metadata()
      for text in texts { metadata.addString(text, forKey: key) }
      let refusal = #expect(throws: Failure.self) { try EventStreamOptions(metadata) }
      #expect(refusal?.code == .invalid && refusal?.object == key && refusal?.remedy.isEmpty == false)
    }
  }

  @Test func gapsAreSaid() {
    var reader = EventReader(10, end: 30)
    let first = reader.take([Self.event(11), Self.event(12), Self.event(20)])
    #expect(first.map(\.id) == ["11", "12", "19", "20"])
    #expect(first.map { $0.metadata["lost"] } == [nil, nil, "7", nil] && first[2].type == .unknown)
    #expect(reader.take([Self.event(21)]).count == 1 && reader.last == 21)
    var fromNow = EventReader(nil, end: 30)
    #expect(fromNow.isFromNow && fromNow.take([Self.event(31)]).count == 1)
    var fromTheBeginning = EventReader(0, end: 30)
    #expect(fromTheBeginning.take([Self.event(6)]).first?.metadata["lost"] == "5")
    // Numbers that this log never had.
    var foreign = EventReader(99, end: 30)
    #expect(foreign.isOfAnotherLog && foreign.last == 0)
    #expect(foreign.take([Self.event(6), Self.event(7)]).count == 2)
    #expect(foreign.take([Self.event(9)]).first?.metadata["lost"] == "1")
  }

  private final class Seen: Sendable {
    let lines = Mutex<[String]>([])
  }

  @Test func aReaderGoesOnWhereItWas() async throws {
    let folder = "/tmp/stream-\(UInt64.random(in: 0 ... .max))"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let log = EventLog(folder: folder)
    for number in 1...3 { log.append(HostEvent(kind: .warning, what: "event \(number)")) }
    var options = EventStreamOptions()
    options.after = 1
    options.heartbeat = 1
    let stream = EventStream(log, options)
    let seen = Seen()
    let reading = Task {
      try await stream.write { events in
        seen.lines.withLock { $0 += events.map { $0.metadata["heartbeat"] == "true" ? "beat \($0.id)" : $0.message } }
      }
    }
    func wait(until fits: ([String]) -> Bool) async throws {
      for _ in 0..<3000 where !fits(seen.lines.withLock { $0 }) { try await Task.sleep(for: .milliseconds(10)) }
      let all = seen.lines.withLock { $0 }
      #expect(fits(all), "\(all)")
    }
    try await wait { $0.contains("beat 3") }
    log.append(HostEvent(kind: .warning, what: "event 4"))
    try await wait { $0.contains("beat 4") }
    reading.cancel()
    try await reading.value
    #expect(seen.lines.withLock { $0.filter { $0.hasPrefix("event") } } == ["event 2", "event 3", "event 4"])
  }

  @Test func typesOfTheContract() {
    let types: [(EventChange, Limiquantix_Node_V1_EventType)] = [
      (.rebooted, .vmRebooted), (.diskAttached, .diskAttached), (.diskDetached, .diskDetached),
      (.nicAttached, .nicAttached), (.nicDetached, .nicDetached), (.overloaded, .nodeOverloaded),
      (.recovered, .nodeRecovered), (EventChange(rawValue: "of a later release"), .unknown),
    ]
    for (change, type) in types {
      let event = HostEvent(kind: .operation, what: "x", change: change)
      #expect(Limiquantix_Node_V1_EventType(event) == type)
      let read = try? JSONDecoder().decode(HostEvent.self, from: JSONEncoder().encode(event))
      #expect(read?.change == change)
    }
    for (from, to, type) in [
      (.paused, .running, .vmResumed), (.starting, .running, .vmStarted), (.running, .paused, .vmPaused),
      (.stopping, .stopped, .vmStopped), (.running, .failed, .vmCrashed), (.starting, .failed, .vmCrashed),
    ] as [(State, State, Limiquantix_Node_V1_EventType)] {
      #expect(Limiquantix_Node_V1_EventType(HostEvent(kind: .state, what: "x", from: from, to: to)) == type)
    }
  }
}
