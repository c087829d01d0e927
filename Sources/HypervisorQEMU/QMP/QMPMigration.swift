package import Failure
package import Text

/// How a migration stands (QAPI: `MigrationInfo`).
package struct QMPMigration: Hashable, Sendable {
  /// nil: there has been none.
  package var status: String?
  package var error: String?

  package init(_ answer: JSON) {
    status = answer["status"]?.string
    error = answer["error-desc"]?.string
  }

  /// Whether it has not come to its end.
  package var isUnderWay: Bool {
    guard let status else { return false }
    return !["none", "completed", "failed", "cancelled"].contains(status)
  }
}

extension QMPClient {
  /// How the present or last migration stands (`query-migrate`).
  package func queryMigration() async throws(Failure) -> QMPMigration {
    QMPMigration(try await execute("query-migrate", timeout: Self.jobSilence))
  }
}
