import Failure
import FoundationEssentials
import Linux
import Storage

/// Looks whether the images of running VMs still lie where their names say. A guest goes on with a file that has lost its
/// name, and everything that it writes is gone with its stop; nobody else would notice before.
package struct ImageWatch: Sendable {
  package let fleet: Fleet

  package init(fleet: Fleet) {
    self.fleet = fleet
  }

  /// How often it looks.
  private static let interval: Duration = .seconds(2)

  /// Never returns before it is cancelled.
  package func run() async {
    while !Task.isCancelled {
      try? await Task.sleep(for: Self.interval)
      for vm in await fleet.all() { await vm.lookAtImages() }
    }
  }
}

extension VirtualMachine {
  /// Looks at the images of the present run, unless the last look has not come to an end: then their file system does not
  /// answer.
  func lookAtImages() {
    guard let run, !run.isLookingAtImages, let images = run.incarnation.images, !images.isEmpty else { return }
    run.isLookingAtImages = true
    let token = run.incarnation.token
    let looks = BlockingQueue("images")
    Task {
      let losses = await looks.run { images.compactMap { $0.loss() } }
      self.noteLosses(losses, token)
    }
  }

  private func noteLosses(_ losses: [Warning], _ token: String) {
    guard let run, run.incarnation.token == token else { return }
    run.isLookingAtImages = false
    guard let new = run.warnings.replace(family: "image", with: losses) else { return }
    for loss in new {
      context.log.error("image: \(loss.sentence)", metadata: metadata)
      appendImageEvent("image: \(loss.sentence)")
    }
    if losses.isEmpty { appendImageEvent("its images are where they were") }
    announce()
  }

  private func appendImageEvent(_ what: String) {
    context.events.append(
      HostEvent(vm: id, name: name, kind: .image, what: what, actor: .supervisor, generation: life.generation))
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
    context.holders.note(id, name: name, images)
    // Not for this life of ours; a later one knows less then.
    do throws(Failure) { try RecordStore.write(run.incarnation, to: paths.incarnation) } catch {
      context.log.warning("\(error)", metadata: metadata)
    }
  }
}
