import Foundation
import Linux
import Logging
import Testing

@testable import NodeCore
@testable import Storage

/// What is wrong with a host, in `doctor`, in `status` and in the events, as long as it is.
@Suite struct HostTroublesTests {
  /// Runs `body` with troubles, and the log of events that they are written to.
  private static func run(_ body: (HostTroubles, () async -> [String]) async throws -> Void) async throws {
    let folder = "/tmp/procurator-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let events = EventLog(folder: folder)
    let troubles = HostTroubles(events: events, log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    try await body(troubles) {
      await events.flush()
      return events.segments.last(100) { _ in true }.map { "\($0.event.what): \($0.event.why?.cause ?? "")" }
    }
  }

  @Test func aClockThatWasSetIsSaidForAnHour() async throws {
    try await Self.run { troubles, events in
      var clock = ClockWatch()
      func look(_ wall: Double, _ sinceBoot: Double) {
        troubles.noteClock(clock.trouble(wall: wall, sinceBoot: sinceBoot))
      }
      look(1_000_000, 50)
      look(1_000_005, 55)
      #expect(troubles.all.isEmpty && troubles.checks.isEmpty)
      look(996_410, 60)
      let words = "the host's clock was set back by 1h00m"
      for later in [60.0, 1000, 3600] {
        look(996_350 + later, later)
        // `status` shows all of them, `doctor` these.
        #expect(troubles.all.contains { $0.failure.cause.contains(words) && !$0.failure.remedy.isEmpty })
        let check = troubles.checks.first { $0.name == "clock.set" }
        #expect(check?.level == .warn && check?.found.contains(words) == true && check?.fix.isEmpty == false)
      }
      #expect(await events().count { $0.contains(words) } == 1, "it is told once")
      // Set again meanwhile: that is told, and its hour begins again.
      look(1_000_000 + 3605, 3605)
      #expect(await events().last?.contains("the host's clock was set forward by") == true)
      look(1_000_000 + 7204, 7204)
      #expect(!troubles.all.isEmpty)
      look(1_000_000 + 7206, 7206)
      #expect(troubles.all.isEmpty && troubles.checks.isEmpty)
      #expect(await events().last?.contains("nobody has set the host's clock for an hour") == true)
    }
  }

  @Test func aFullStateDiskIsToldOnceAndAgainWhenThereIsRoom() async throws {
    try await Self.run { troubles, events in
      func look(_ free: UInt64) {
        troubles.noteRoom(
          FileSystemSpace(
            what: "the supervisor's state", path: "/var/lib/procurator", freeBytes: free << 20,
            totalBytes: 100 << 30, freeFiles: 1000, totalFiles: 2000))
      }
      look(80 << 10)
      for free in [3, 2, 1, 0] as [UInt64] { look(free) }
      #expect(troubles.all.map(\.failure.cause) == ["the file system of the supervisor's state is full"])
      #expect(troubles.checks.isEmpty, "the doctor looks by itself")
      #expect(await events().count == 1)
      look(80 << 10)
      #expect(troubles.all.isEmpty)
      #expect(await events().last?.contains("there is room again") == true)
    }
  }
}
