package import Storage

/// A saving that has begun.
package struct PendingSave: Codable, Hashable, Sendable {
  /// What its images have for it as long as they are copied. With `hardware` its memory is saved too.
  package var snapshot: Snapshot
  package var place: SavePlace

  var id: String { snapshot.id }
}

extension Record {
  /// The id of a saving that it has begun.
  var pendingSave: String? { if case .save(let save) = pendingOperation { save.id } else { nil } }
}
