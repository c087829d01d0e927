package import Storage

/// A saving that has begun.
package struct PendingSave: Codable, Hashable, Sendable {
  /// What its images have for it as long as they are copied. With `hardware` its memory is saved too; that goes when the guest
  /// has gone on.
  package var snapshot: Snapshot
  package var place: SavePlace

  var id: String { snapshot.id }
}

extension Record {
  /// Whether the guest stands for its memory, or is about to: nobody else lets it stand meanwhile.
  var isSavingMemory: Bool {
    if case .save(let save) = pendingOperation { save.snapshot.hardware != nil } else { false }
  }

  /// The id of a saving that it has begun.
  var pendingSave: String? { if case .save(let save) = pendingOperation { save.id } else { nil } }
}
