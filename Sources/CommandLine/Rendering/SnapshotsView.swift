import Failure
import NodeAPI
import Text
import VMSpec

/// The result of `snapshot list` and `tree`.
struct SnapshotsView: Encodable, Sendable {
  var schema = Document.schema
  /// As the user named it.
  var vm: String
  /// In the order in which they were made.
  var snapshots: [Snapshot]

  struct Snapshot: Encodable, Hashable, Sendable {
    var id: String
    var name: String
    var description: String
    var createdAt: String
    /// How the VM was then: running, paused or stopped.
    var vmState: String
    /// Id of the snapshot that it came from; empty: none.
    var parent: String
    /// crash, filesystem or memory.
    var consistency: String
    /// Whether the present state came from it.
    var isCurrent: Bool
    /// Deleted in part: it can only be deleted again.
    var isGoing: Bool
    var disks: [Disk]
    /// What the memory needs to go on, one clause each; empty without memory.
    var needs: [String]

    enum CodingKeys: String, CodingKey {
      case id, name, description, parent, consistency, disks, needs
      case createdAt = "created_at"
      case vmState = "vm_state"
      case isCurrent = "is_current"
      case isGoing = "is_going"
    }
  }

  struct Disk: Encodable, Hashable, Sendable {
    var name: String
    var path: String
    var sizeBytes: UInt64

    enum CodingKeys: String, CodingKey {
      case name, path
      case sizeBytes = "size_bytes"
    }
  }

  init(vm: String, _ reply: Limiquantix_Node_V1_ListSnapshotsResponse) {
    self.vm = vm
    snapshots = reply.snapshots.map { .init($0) }
  }

  /// One line per snapshot.
  func text(headings: Bool) -> String {
    var table = Table(headings: ["NAME", "CREATED", "VM", "CONSISTENCY", "PARENT", "CURRENT", "ID"])
    let names = Dictionary(snapshots.map { ($0.id, $0.name) }) { first, _ in first }
    table.rows = snapshots.map { one in
      [
        one.name, one.createdAt, one.vmState, one.isGoing ? "none, deleted in part" : one.consistency,
        names[one.parent] ?? "", one.isCurrent ? "*" : "", one.id,
      ]
    }
    return table.text(headings: headings)
  }

  /// Children below their parents, two columns further right.
  func tree() -> String {
    let known = Set(snapshots.map(\.id))
    var text = ""
    // Without recursion, and each once: what a node answers need not be a tree.
    var rest = snapshots
    var stack = snapshots.filter { !known.contains($0.parent) }.reversed().map { ($0, 0) }
    while let (one, depth) = stack.popLast() {
      guard rest.contains(where: { $0.id == one.id }) else { continue }
      rest.removeAll { $0.id == one.id }
      text += String(repeating: "  ", count: depth) + HarmlessText.line(one.name) + (one.isCurrent ? " *" : "") + "\n"
      stack += rest.filter { $0.parent == one.id }.reversed().map { ($0, depth + 1) }
    }
    return text + rest.map { HarmlessText.line($0.name) + "\n" }.joined()
  }

  /// One snapshot a line.
  func names() -> String { snapshots.map { "\($0.name)\n" }.joined() }

  /// That one, by id or name.
  func find(_ reference: String) throws(Failure) -> Snapshot {
    if let one = snapshots.first(where: { $0.id == reference || $0.name == reference }) { return one }
    throw Failure(
      .notFound, operation: "show snapshot", object: "\(vm): \(reference)", cause: "the VM has no such snapshot",
      remedy: "see those that it has: vmsupervisor snapshot list \(vm)")
  }
}

extension SnapshotsView.Snapshot {
  fileprivate init(_ reply: Limiquantix_Node_V1_SnapshotResponse) {
    id = reply.snapshotID
    name = reply.name
    description = reply.description_p
    createdAt = Document.time(reply.createdAt.seconds1970)
    vmState =
      switch reply.vmState {
      case .running: "running"
      case .paused: "paused"
      default: "stopped"
      }
    parent = reply.parentID
    consistency = reply.consistency
    isCurrent = reply.isCurrent
    isGoing = reply.isGoing
    disks = reply.disks.map { .init(name: $0.name, path: $0.path, sizeBytes: $0.sizeBytes) }
    guard reply.hasHardware else {
      needs = []
      return
    }
    let needed = reply.hardware
    needs = [needed.hypervisor, "accelerator \(needed.accelerator)"]
    if !needed.processor.isEmpty { needs.append(needed.processor) }
    needs += ["machine \(needed.machine)", "memory \(Size.text(needed.memoryBytes))", "vcpus \(needed.vcpus)"]
    needs += needed.devices
  }

  /// All of it, a line each.
  func text() -> String {
    var lines = [
      ("name", name), ("id", id), ("description", description), ("created", createdAt), ("VM", vmState),
      ("consistency", isGoing ? "none, deleted in part" : consistency), ("parent", parent),
      ("current", isCurrent ? "yes" : "no"),
    ]
    lines += disks.map { ("disk", "\($0.name), \(Size.text($0.sizeBytes)), \($0.path)") }
    lines += needs.map { ("needs", $0) }
    return lines.filter { !$0.1.isEmpty }.map { key, value in
      (key + ":").padded(to: 14) + HarmlessText.line(value) + "\n"
    }.joined()
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
