import Failure
import Hypervisor
import Life
import Storage

/// Guests that an error of a disk holds: which one, and why. Belongs to the VM's actor.
final class GuestHold {
  private let keeper: RecordKeeper
  private let state: VMState
  private let paths: VMPaths
  private let looks: FileLooks
  private let observe: Observe

  init(_ keeper: RecordKeeper, _ state: VMState, _ paths: VMPaths, _ looks: FileLooks, _ observe: @escaping Observe) {
    self.keeper = keeper
    self.state = state
    self.paths = paths
    self.looks = looks
    self.observe = observe
  }

  private var record: Record { keeper.record }
  private var run: VMRun? { state.run }

  /// Notes an error that halts the guest; the halt follows it.
  func diskFailed(_ error: DiskError) {
    // Requests beside it fail as well; the first error is the telling one.
    guard let run, run.diskErrors[error.device] == nil, drive(error.device) != nil else { return }
    run.diskErrors[error.device] = error
  }

  /// Finds out which disk holds the guest, and tells the life cycle.
  nonisolated(nonsending) func explain() async {
    guard let run else { return }
    var errors = Array(run.diskErrors.values)
    // It happened while nobody listened: what the hypervisor remembers of it is less.
    if errors.isEmpty { errors = (try? await run.machine?.failedDisks()) ?? [] }
    // One that is full says more than one that was hit by it.
    let sorted = errors.sorted { ($0.hasNoSpace ? 0 : 1, $0.device.rank) < ($1.hasNoSpace ? 0 : 1, $1.device.rank) }
    guard let error = sorted.first(where: { drive($0.device) != nil }), let drive = drive(error.device) else {
      return
    }
    let path = drive.path
    // The guest stands, and its owner should be told: a look that hangs is not waited for.
    let look = await looks.look(for: record.id) { look in
      look.enter(path)
      return FilePlace(of: path)
    }
    let place = (try? look.get()) ?? nil
    await observe(
      .holdExplained(HoldReason(error: error, drive: drive.name, path: path, place: place).failure(state.name)))
  }

  /// What a disk or drive is to people, and where its image lies; nil of what it does not have.
  private func drive(_ device: Device) -> (name: String, path: String)? {
    let spec = record.spec
    switch device {
    case .disk(let number):
      guard let index = record.devices.disks.firstIndex(where: { $0.number == number }) else { return nil }
      let disk = spec.disks[index]
      return ("disk \(disk.effectiveName(at: index))", disk.path ?? paths.disk(disk.fileName(at: index)))
    case .drive(let index):
      guard spec.cdroms.indices.contains(index) else { return nil }
      return ("CD drive \(spec.cdroms[index].effectiveName(at: index))", spec.cdroms[index].path ?? "")
    case .seed: return ("cloud-init's disk", paths.seed)
    case .nic: return nil
    }
  }
}
