import Failure
import FoundationEssentials
import Glibc
import Linux
import Storage

/// The images of a VM: which a guest has had, which its hypervisor has open, and whether they still lie where their names
/// say. Belongs to the VM's actor.
final class VMImages {
  private let keeper: RecordKeeper
  private let state: VMState
  private let reporter: VMReporter
  private let paths: VMPaths
  private let holders: ImageHolders
  private let work: WorkQueue

  init(
    _ keeper: RecordKeeper, _ state: VMState, _ reporter: VMReporter, _ paths: VMPaths, _ holders: ImageHolders,
    _ work: WorkQueue
  ) {
    self.keeper = keeper
    self.state = state
    self.reporter = reporter
    self.paths = paths
    self.holders = holders
    self.work = work
  }

  private var record: Record { keeper.record }
  private var run: VMRun? { state.run }

  /// Paths of the images of its disks, in their order.
  var diskPaths: [String] {
    record.spec.disks.enumerated().map { $1.path ?? paths.disk($1.fileName(at: $0)) }
  }

  // MARK: in the record

  /// Writes down that a guest gets its images, before it does: a file that is missing later is missed then.
  nonisolated(nonsending) func noteAll() async throws(Failure) {
    do throws(Failure) { try await keeper.edit { $0.knowImages(at: Date()) } } catch { throw error.of(.record) }
  }

  /// The way back: first in the record, because what it knows is never made again.
  nonisolated(nonsending) func forget(_ made: [String], known: [KnownImage]) async {
    if made.isEmpty { return }
    do throws(Failure) { try await keeper.edit(for: .ending) { $0.images = known } } catch {
      // They stay then, empty as they are.
      return reporter.log(.error, "\(error)")
    }
    await work.queue.run { for path in made { unlink(path) } }
  }

  // MARK: of the present run

  /// Looks at the images of the present run, unless the last look has not come to an end: then their file system does not
  /// answer.
  func look(isolation: isolated (any Actor)? = #isolation) {
    guard let run, !run.isLookingAtImages, let images = run.incarnation.images, !images.isEmpty else { return }
    run.isLookingAtImages = true
    let token = run.incarnation.token
    let looks = BlockingQueue("images")
    let here = OnActor(self, of: isolation)
    Task {
      let losses = await looks.run { images.compactMap { $0.loss() } }
      await here.run { $0.noteLosses(losses, token) }
    }
  }

  fileprivate func noteLosses(_ losses: [Warning], _ token: String) {
    guard let run, run.incarnation.token == token else { return }
    run.isLookingAtImages = false
    guard let new = run.warnings.replace(family: "image", with: losses) else { return }
    for loss in new {
      reporter.log(.error, "image: \(loss.sentence)")
      reporter.note(.image, "image: \(loss.sentence)")
    }
    if losses.isEmpty { reporter.note(.image, "its images are where they were") }
    reporter.announce()
  }

  // MARK: disks that come and go

  /// An image was opened by the hypervisor.
  func noteOpen(_ image: OpenImage) {
    changeImages { images in
      images.removeAll { $0.number == image.number }
      images.append(image)
    }
  }

  /// A hypervisor has let go of an image.
  func noteClosed(number: Int, index: Int?) {
    let name = index.map { "disk " + record.spec.disks[$0].effectiveName(at: $0) }
    changeImages { images in images.removeAll { $0.number == number || $0.what == name } }
  }

  private func changeImages(_ change: (inout [OpenImage]) -> Void) {
    guard let run else { return }
    var images = run.incarnation.images ?? []
    change(&images)
    run.incarnation.images = images
    holders.note(record.id, name: state.name, images)
    // Not for this life of ours; a later one knows less then.
    do throws(Failure) { try RecordStore.write(run.incarnation, to: paths.incarnation) } catch {
      reporter.log(.warning, "\(error)")
    }
  }
}
