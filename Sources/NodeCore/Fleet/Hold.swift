package import Failure
package import HypervisorQEMU
import Life
import Storage

/// Guests that an error of a disk holds.
extension VirtualMachine {
  /// How long a guest that was let go on is watched: a request that failed is made again at once.
  private static let probation: Duration = .seconds(1)

  /// Notes an error that halts the guest; the halt follows it.
  package func diskFailed(_ error: BlockError) {
    // Requests beside it fail as well; the first error is the telling one.
    guard let run, run.diskErrors[error.node] == nil, drive(of: error.node) != nil else { return }
    run.diskErrors[error.node] = error
  }

  /// Finds out which disk holds the guest, and tells the life cycle.
  func explainHold() async {
    guard let run else { return }
    var errors = Array(run.diskErrors.values)
    // It happened while nobody listened: what QEMU remembers of it is less.
    if errors.isEmpty { errors = (try? await run.monitor?.failedDrives()) ?? [] }
    // One that is full says more than one that was hit by it.
    let sorted = errors.sorted { ($0.hasNoSpace ? 0 : 1, $0.node) < ($1.hasNoSpace ? 0 : 1, $1.node) }
    guard let error = sorted.first(where: { drive(of: $0.node) != nil }), let drive = drive(of: error.node) else {
      return
    }
    let path = drive.path
    // The guest stands, and its owner should be told: a look that hangs is not waited for.
    let look = await context.looks.look(for: id) { look in
      look.enter(path)
      return FilePlace(of: path)
    }
    let place = (try? look.get()) ?? nil
    await observe(.holdExplained(HoldReason(error: error, drive: drive.name, path: path, place: place).failure(name)))
  }

  /// What of the guest a block node is, and where its image lies; nil of nodes that are not its drives.
  private func drive(of node: String) -> (name: String, path: String)? {
    let spec = record.spec
    for (index, (disk, place)) in zip(spec.disks, record.devices.disks).enumerated()
    where QEMUCommand.diskNode(place.number) == node {
      return ("disk \(disk.effectiveName(at: index))", disk.path ?? paths.disk(disk.fileName(at: index)))
    }
    for (index, drive) in spec.cdroms.enumerated() where QEMUCommand.mediumNode(index) == node {
      return ("CD drive \(drive.effectiveName(at: index))", drive.path ?? "")
    }
    return node == QEMUCommand.seedNode ? ("cloud-init's disk", paths.seed) : nil
  }

  /// Watches a guest that was held and has been let go on.
  /// - Throws: the reason if it is held again.
  package func staysUp() async throws(Failure) {
    guard await wait(for: [.state(.paused)], timeout: Self.probation) == .reached(.state(.paused)), life.isHeld,
      let why = life.why
    else { return }
    throw why
  }
}
