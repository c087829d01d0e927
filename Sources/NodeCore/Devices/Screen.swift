package import Failure
import Glibc
package import Hypervisor
import Life
import Linux

/// What the guest shows.
extension VirtualMachine {
  /// Most bytes of a picture.
  private static let largestPicture = 48 << 20

  /// A picture of the screen.
  package func screenshot(_ format: PictureFormat) async throws(Failure) -> [UInt8] {
    let operation = "take screenshot"
    try checkScreen(operation)
    guard let machine else { throw state.noMachine(operation) }
    let file = try Self.checked(operation) { () throws(Errno) in try MemoryFile.make("picture") }
    // A descriptor of its own, because a hypervisor takes only one that cannot be read for one to write to.
    let number = file.raw
    let writing = try Self.checked(operation) { () throws(Errno) in try MemoryFile.openForWriting(number) }
    try await machine.takePicture(format, into: writing)
    var status = stat()
    guard fstat(file.raw, &status) == 0, status.st_size > 0, status.st_size <= Self.largestPicture else {
      throw Failure(
        .exhausted, operation: operation, object: name, cause: "the picture has \(status.st_size) bytes",
        remedy: "use png, which is smaller")
    }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    let got = pread(file.raw, &bytes, bytes.count, 0)
    return Array(bytes.prefix(max(0, got)))
  }

  private static func checked(
    _ operation: String, _ body: () throws(Errno) -> Descriptor
  ) throws(Failure) -> Descriptor {
    do throws(Errno) { return try body() } catch { throw error.failure(operation, "memory") }
  }

  func checkScreen(_ operation: String) throws(Failure) {
    guard record.spec.display == .vnc else {
      throw Failure(
        .unsupported, operation: operation, object: name, cause: "it has no screen",
        remedy: "write `display: vnc` in its spec; its serial console is there: vmsupervisor console \(name)")
    }
  }

  /// Where VNC clients connect.
  package func viewerSocket() throws(Failure) -> String {
    let operation = "show screen"
    try checkScreen(operation)
    guard run?.listener != nil else { throw notRunning(operation) }
    return paths.vnc
  }

  /// Listens for VNC clients, if the VM has a screen. Those that are connected do not need us.
  func openListener() {
    guard record.spec.display == .vnc, let run, run.listener == nil else { return }
    // The socket has its own mode; the folders may be passed through, not read.
    for folder in [context.paths.running, paths.runtime] { chmod(folder, 0o711) }
    do throws(Failure) {
      let (group, mode) = (context.settings.socketGroup, context.settings.socketMode)
      run.listener = try ViewerListener(paths.vnc, group: group, mode: mode) { [weak self] viewer in
        await self?.welcome(viewer)
      }
      run.warnings.clear("screen")
    } catch {
      run.warnings.set(
        Warning(
          id: "screen", part: .process, cause: "nobody can look at its screen: \(error.cause)", remedy: error.remedy))
      context.log.error("\(error)", metadata: metadata)
    }
  }

  /// Listens again if somebody has removed the socket of its screen.
  func keepListener() {
    guard let run, run.listener?.place?.presence == .gone else { return }
    run.listener = nil
    openListener()
    tell("the socket of its screen was removed" + (run.listener == nil ? "" : ", and made again"), kind: .warning)
  }

  /// VNC clients of one screen at a time: each has a copy of it in the hypervisor's memory.
  private static let mostViewers = 16

  private func welcome(_ viewer: DescriptorCell) async {
    guard let machine, let socket = viewer.take() else { return }
    do throws(Failure) {
      let there = try await machine.viewers()
      guard there < Self.mostViewers else {
        throw Failure(
          .exhausted, operation: "show screen of", object: name,
          cause: "\(there) viewers are connected, and no more may be",
          remedy: "close one of them")
      }
      try await machine.addViewer(socket)
    } catch {
      context.log.warning("\(error)", metadata: metadata)
    }
  }
}
