package import FoundationEssentials
import Linux

/// A moment of this host by both of its clocks: the one that people read and anybody can set, and the one that only goes
/// forward but begins again with each boot.
package struct HostInstant: Sendable, Hashable {
  package var wall: Date
  /// Boot of the host, `HostBoot.id`.
  package var boot: String
  /// Seconds since then.
  package var sinceBoot: Double

  /// This moment.
  package static var now: HostInstant { HostInstant(wall: Date(), boot: HostBoot.id, sinceBoot: Clock.sinceBoot()) }
}

/// A moment in a record. Within one boot nothing is measured by the wall clock.
package struct SavedInstant: Codable, Sendable, Hashable {
  package var boot: String
  package var sinceBoot: Double

  init(_ instant: HostInstant, plus seconds: Double = 0) {
    boot = instant.boot
    sinceBoot = instant.sinceBoot + seconds
  }

  /// Seconds from here to `now`; nil if the host was started again since.
  package func seconds(to now: HostInstant) -> Double? { boot == now.boot ? now.sinceBoot - sinceBoot : nil }
}

extension Incarnation {
  /// Seconds that the process has lived, by the kernel's account.
  package var age: Double {
    let start = Double(startTime) / Double(ProcessFacts.ticksPerSecond)
    // Of a process that was gone before anybody looked only the wall clock tells.
    return max(0, startTime == 0 ? Date().timeIntervalSince(startedAt) : Clock.sinceBoot() - start)
  }

  /// When it started, by the wall clock as it is now.
  package var began: Date { Date() - age }
}
