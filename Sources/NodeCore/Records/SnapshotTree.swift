package import Failure

/// The snapshots of a VM, and the one that its present state has come from.
package struct SnapshotTree: Codable, Sendable, Hashable {
  /// In the order in which they were made.
  package private(set) var all: [Snapshot] = []
  /// The one that the VM was put back to last, or that was made since.
  package private(set) var current: String?
  /// Those whose making was given up, and that images may still have.
  package var leftovers: [Snapshot]?

  /// Most snapshots of one VM. The record is written whole at every change of the VM's state, and with descriptions of
  /// full length so many keep it below 256 KiB.
  package static let most = 64
  /// Bytes of a name and of a description.
  package static let longestName = 128
  package static let longestDescription = 1024

  package init() {}

  /// That one, by id or name.
  package func find(_ reference: String) -> Snapshot? {
    all.first { $0.id == reference.lowercased() } ?? all.first { $0.name == reference }
  }

  package var isEmpty: Bool { all.isEmpty && leftovers == nil }

  /// Refuses a new one that cannot be.
  /// - Throws: `.invalid`, `.exists` or `.exhausted`, about the field of the request.
  package func check(name: String, description: String, of vm: String) throws(Failure) {
    let operation = "create snapshot"
    func invalid(_ field: String, _ cause: String, _ remedy: String) -> Failure {
      Failure(.invalid, part: .disk, operation: operation, object: "\(vm): \(field)", cause: cause, remedy: remedy)
    }
    if name.isEmpty { throw invalid("name", "it is empty", "give the snapshot a name") }
    for (field, text, most) in [
      ("name", name, Self.longestName), ("description", description, Self.longestDescription),
    ] where text.utf8.count > most {
      throw invalid(field, "it has \(text.utf8.count) bytes, above \(most)", "write a shorter one")
    }
    if name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) {
      throw invalid("name", "it has control characters", "write it without them")
    }
    if RecordID(name) != nil { throw invalid("name", "it is a UUID, as ids are", "choose another name") }
    if let other = find(name) {
      throw Failure(
        .exists, part: .disk, operation: operation, object: "\(vm): \(name)",
        cause: "the VM has a snapshot of that name (\(other.id))",
        remedy: "choose another name, or delete that one: vmsupervisor snapshot delete \(vm) \(name)")
    }
    if all.count >= Self.most {
      throw Failure(
        .exhausted, part: .limit, operation: operation, object: vm,
        cause: "the VM has \(all.count) snapshots, and \(Self.most) is the most",
        remedy: "delete one that nobody needs: vmsupervisor snapshot list \(vm)")
    }
  }

  /// It has been made: the present state comes from it.
  package mutating func add(_ snapshot: Snapshot) {
    guard find(snapshot.id) == nil else { return }
    all.append(snapshot)
    current = snapshot.id
  }

  /// The VM was put back to it.
  package mutating func revert(to id: String) { if find(id) != nil { current = id } }

  /// The file systems were frozen as long as it was made.
  package mutating func prove(_ id: String) {
    if let index = all.firstIndex(where: { $0.id == id }) { all[index].consistency = .filesystem }
  }

  /// It is of no use from now on.
  package mutating func doom(_ id: String) {
    if let index = all.firstIndex(where: { $0.id == id }) { all[index].isGoing = true }
  }

  /// It is gone: what came from it comes from its parent.
  package mutating func remove(_ id: String) {
    guard let index = all.firstIndex(where: { $0.id == id }) else { return }
    let gone = all.remove(at: index)
    for child in all.indices where all[child].parent == id { all[child].parent = gone.parent }
    if current == id { current = gone.parent }
  }

  /// Those that some disk of that name is part of.
  package func having(disk name: String) -> [Snapshot] { all.filter { $0.disks.contains { $0.name == name } } }
}

/// The memory that a VM goes on from at its next start.
package struct Wake: Codable, Sendable, Hashable {
  package var snapshot: String
  /// What a memory needs that lies in a file of the VM's folder; nil: it is in the snapshot's image.
  package var saved: SnapshotHardware?
  /// The guest has it, and may have gone on from it: never again.
  package var isLoaded = false
}
