/// State of the machine (QAPI `RunState`).
package enum RunState: Hashable, Sendable {
  /// Not started yet (`-S`).
  case prelaunch
  /// Waiting for an incoming migration.
  case inmigrate
  /// Processors run.
  case running
  /// Stopped by command.
  case paused
  /// The guest has shut down, the process stays (`-action shutdown=pause`).
  case shutdown
  /// The guest's kernel panicked, the process stays.
  case guestPanicked
  /// Asleep; `system_wakeup` wakes it.
  case suspended
  /// Migrated away.
  case postmigrate
  /// A failed snapshot load left it stopped.
  case restoreVM
  /// A snapshot is being written.
  case saveVM
  /// The migration is in its last phase.
  case finishMigrate
  /// A disk error stopped it.
  case ioError
  /// KVM gave up.
  case internalError
  /// The watchdog fired.
  case watchdog
  /// Any other.
  case other(String)

  private static let names: [String: RunState] = [
    "prelaunch": .prelaunch, "inmigrate": .inmigrate, "running": .running, "paused": .paused, "shutdown": .shutdown,
    "guest-panicked": .guestPanicked, "suspended": .suspended, "postmigrate": .postmigrate, "restore-vm": .restoreVM,
    "save-vm": .saveVM, "finish-migrate": .finishMigrate, "io-error": .ioError, "internal-error": .internalError,
    "watchdog": .watchdog,
  ]

  /// Reads QAPI's word.
  package init(_ word: String) { self = Self.names[word] ?? .other(word) }
}
