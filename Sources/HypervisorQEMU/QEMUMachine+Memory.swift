package import Failure
package import Hypervisor
package import Linux
import Text

/// The memory of a guest in a file: a migration that goes to nobody, or comes from nobody (QAPI: `migration.json`).
extension QEMUMachine {
  /// Name of the descriptor that is handed over for it.
  private static let name = "memory"
  private static let uri: JSON = .string("fd:" + name)

  package func writeMemory(into file: consuming Descriptor) async throws(Failure) {
    let operation = "write memory"
    // Nobody else needs the disk more while a guest stands: 128 MiB/s is what it has otherwise.
    try await monitor.execute("migrate-set-parameters", arguments: ["max-bandwidth": .integer(1 << 40)])
    try await monitor.give(file, name: Self.name)
    do throws(Failure) { try await monitor.execute("migrate", arguments: ["uri": Self.uri]) } catch {
      try? await monitor.closeGiven(Self.name)
      throw error
    }
    let end = try await endOfMigration()
    guard end.status == "completed" else {
      throw Failure(
        .system, part: .hypervisor, operation: operation,
        cause: end.error ?? "it has ended as \(end.status ?? "nothing")",
        remedy: "see to space where it is saved")
    }
  }

  package func settleMemory() async throws(Failure) {
    if try await monitor.queryMigration().isUnderWay { try await monitor.execute("migrate_cancel") }
    _ = try await endOfMigration()
  }

  package func readMemory(from file: consuming Descriptor) async throws(Failure) {
    guard try await monitor.queryStatus() == .inmigrate else { return }
    // Another life of ours may have begun it.
    if try await monitor.queryMigration().status == nil {
      try await monitor.give(file, name: Self.name)
      try await monitor.execute("migrate-incoming", arguments: ["uri": Self.uri])
    }
    let end = ContinuousClock.now + QMPClient.jobSilence
    while try await monitor.queryStatus() == .inmigrate {
      // A QEMU that cannot read it says so in its log, and ends.
      let migration = try await monitor.queryMigration()
      guard migration.status != "failed", ContinuousClock.now < end else {
        throw Failure(
          .system, part: .hypervisor, operation: "read memory", cause: migration.error ?? "it has failed",
          remedy: "see the hypervisor's log")
      }
      try? await Task.sleep(for: Self.pause)
    }
  }

  package func setLink(_ card: Device, isUp: Bool) async throws(Failure) {
    try await monitor.execute("set_link", arguments: ["name": .string(QEMUCommand.id(card)), "up": .bool(isUp)])
  }

  private static let pause: Duration = .milliseconds(20)

  private func endOfMigration() async throws(Failure) -> QMPMigration {
    while true {
      let migration = try await monitor.queryMigration()
      if !migration.isUnderWay { return migration }
      try? await Task.sleep(for: Self.pause)
    }
  }
}
