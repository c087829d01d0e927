package import FoundationEssentials

/// That a guest's file systems are frozen, or are about to be: written before it happens, taken away when they are thawed.
/// Whoever finds it in a record thaws them at its time.
package struct SavedFreeze: Codable, Sendable, Hashable {
  /// Known to whoever froze them, who alone thaws them before that time.
  package var token: String
  /// The run of the VM; in another one nothing is frozen.
  var run: String
  /// Where they are mounted.
  package var mounts: [String]
  /// When they are thawed at the latest, by the clock that people read.
  package var deadline: Date
  /// The same by a clock that nobody can set.
  var end: SavedInstant
  var began: SavedInstant
  /// How many file systems the agent has to find frozen when it thaws them, if nobody was faster.
  var least: Int
  /// Whether scripts in the guest were run for it.
  var hasScripts: Bool
  /// The process in the guest that thaws them then; nil if the guest has none.
  var timer: Int64?

  /// How long they are frozen now.
  func length(at now: HostInstant) -> Duration { .milliseconds(Int64(max(0, began.seconds(to: now) ?? 0) * 1000)) }

  /// What is left of its time.
  func left(at now: HostInstant) -> Duration {
    // The process of another boot is gone, and its file systems with it.
    .milliseconds(Int64(max(0, -(end.seconds(to: now) ?? 0)) * 1000))
  }
}
