@preconcurrency import Dispatch
import Failure
import Glibc
import Hypervisor
import Life
import Linux

/// What the guest shows.
extension VirtualMachine {
  /// Most bytes of a picture.
  private static let largestPicture = 48 << 20

  /// A picture of the screen.
  func screenshot(_ format: QMPClient.PictureFormat) async throws(Failure) -> [UInt8] {
    let step = "take screenshot"
    try checkScreen(step)
    guard let monitor else { throw notRunning(step) }
    let file = try Self.checked(step) { () throws(Errno) in try MemoryFile.make("picture") }
    // A descriptor of its own, because QEMU takes only one that cannot be read for one to write to.
    let number = file.raw
    let writing = try Self.checked(step) { () throws(Errno) in try MemoryFile.openForWriting(number) }
    let set = FileSet.picture
    try await monitor.addFile(writing, set: set)
    do throws(Failure) { try await monitor.takePicture(format, set: set) } catch {
      try? await monitor.removeFiles(set: set)
      throw error
    }
    try await monitor.removeFiles(set: set)
    var status = stat()
    guard fstat(file.raw, &status) == 0, status.st_size > 0, status.st_size <= Self.largestPicture else {
      throw Failure(
        .exhausted, step: step, object: name, cause: "the picture has \(status.st_size) bytes",
        cure: "use png, which is smaller")
    }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    let got = pread(file.raw, &bytes, bytes.count, 0)
    return Array(bytes.prefix(max(0, got)))
  }

  private static func checked(
    _ step: String, _ body: () throws(Errno) -> Descriptor
  ) throws(Failure) -> Descriptor {
    do throws(Errno) { return try body() } catch { throw error.failure(step, "memory") }
  }

  func checkScreen(_ step: String) throws(Failure) {
    guard record.spec.display == .vnc else {
      throw Failure(
        .unsupported, step: step, object: name, cause: "it has no screen",
        cure: "write `display: vnc` in its spec; its serial console is there: vmsupervisor console \(name)")
    }
  }

  /// Where VNC clients connect.
  func viewerSocket() throws(Failure) -> String {
    let step = "show screen"
    try checkScreen(step)
    guard run?.door != nil else { throw notRunning(step) }
    return paths.vnc
  }

  /// Listens for VNC clients, if the VM has a screen. Those that are connected do not need us.
  func openDoor() {
    guard record.spec.display == .vnc, let run, run.door == nil else { return }
    // The socket has its own mode; the folders may be passed through, not read.
    for folder in [surroundings.paths.running, paths.runtime] { chmod(folder, 0o711) }
    do throws(Failure) {
      let (group, mode) = (surroundings.settings.socketGroup, surroundings.settings.socketMode)
      run.door = try ViewerDoor(paths.vnc, group: group, mode: mode) { [weak self] viewer in
        Task { await self?.welcome(viewer) }
      }
    } catch {
      run.warnings.append("nobody can look at its screen: \(error)")
      surroundings.log.error("\(error)", metadata: metadata)
    }
  }

  private func welcome(_ viewer: DescriptorCell) async {
    guard let monitor, let socket = viewer.take() else { return }
    do throws(Failure) { try await monitor.addViewer(socket) } catch {
      surroundings.log.warning("\(error)", metadata: metadata)
    }
  }
}

/// A listening socket whose connections are handed on. QEMU itself listens nowhere: it gets each client as a descriptor.
final class ViewerDoor: Sendable {
  private let source: any DispatchSourceRead

  init(
    _ path: String, group: String, mode: UInt32, _ hand: @escaping @Sendable (DescriptorCell) -> Void
  ) throws(Failure) {
    let socket = try UnixSocket.listen(path, .stream, mode: 0o600)
    try UnixSocket.give(path, group: group, mode: mode)
    let number = socket.release()
    _ = fcntl(number, F_SETFL, O_NONBLOCK)
    source = DispatchSource.makeReadSource(fileDescriptor: number, queue: DispatchQueue(label: "procurator.viewers"))
    source.setEventHandler {
      while let client = (try? UnixSocket.accept(number)) ?? nil { hand(DescriptorCell(client)) }
    }
    source.setCancelHandler { close(number) }
    source.activate()
  }

  deinit { source.cancel() }
}
