import Failure
import Glibc
import Hypervisor
import Life
import Linux
import VMSpec

/// What the guest shows, and who looks at it. Belongs to the VM's actor.
final class VMScreen {
  private let keeper: RecordKeeper
  let state: VMState
  let reporter: VMReporter
  private let paths: VMPaths
  /// The folder of all VMs' sockets.
  private let running: String
  /// Who may connect.
  private let group: String
  private let mode: UInt32
  /// Where viewers from elsewhere come in; nil is nowhere.
  let network: VNCSettings?
  /// Ports that VMs name.
  let ports: NamedPorts
  /// Viewers that are on their way into the hypervisor.
  private var admitting = 0

  init(
    _ keeper: RecordKeeper, _ state: VMState, _ reporter: VMReporter, _ paths: VMPaths, running: String, group: String,
    mode: UInt32, _ network: VNCSettings?, ports: NamedPorts
  ) {
    self.keeper = keeper
    self.state = state
    self.reporter = reporter
    self.paths = paths
    self.running = running
    self.group = group
    self.mode = mode
    self.network = network
    self.ports = ports
  }

  var record: Record { keeper.record }
  var run: VMRun? { state.run }
  private var machine: (any Machine)? { state.machine }
  var name: String { state.name }

  /// Most bytes of a picture.
  private static let largestPicture = 48 << 20

  /// A picture of the screen.
  nonisolated(nonsending) func screenshot(_ format: PictureFormat) async throws(Failure) -> [UInt8] {
    let operation = "take screenshot"
    try checkScreen(operation)
    guard let machine else { throw state.notRunning(operation) }
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
  func viewerSocket() throws(Failure) -> String {
    let operation = "show screen"
    try checkScreen(operation)
    guard let run, run.machine != nil else { throw state.notRunning(operation) }
    guard run.listener != nil else {
      throw Failure(
        .unavailable, operation: operation, object: name, cause: "the socket of its screen could not be made",
        remedy: "see vmsupervisor status \(name)")
    }
    return paths.vnc
  }

  /// Listens for VNC clients, at its socket and for those from elsewhere, if the VM has a screen. Those that are connected to the
  /// socket do not need us.
  func openListener(isolation: isolated (any Actor)? = #isolation) {
    openEntrance()
    guard record.spec.display == .vnc, let run, run.listener == nil else { return }
    // The socket has its own mode; the folders may be passed through, not read.
    for folder in [running, paths.runtime] { chmod(folder, 0o711) }
    do throws(Failure) {
      let here = OnActor(self, of: isolation)
      run.listener = try ViewerListener(paths.vnc, group: group, mode: mode) { viewer in
        await here.run { await $0.welcome(viewer) }
      }
      run.warnings.clear("screen")
    } catch {
      run.warnings.set(
        Warning(
          id: "screen", part: .process, cause: "nobody can look at its screen: \(error.cause)", remedy: error.remedy))
      reporter.log(.error, "\(error)")
    }
  }

  /// Listens again if somebody has removed the socket of its screen.
  func keepListener(isolation: isolated (any Actor)? = #isolation) {
    guard let run, run.listener?.place?.presence == .gone else { return }
    run.listener = nil
    openListener()
    reporter.tell(
      "the socket of its screen was removed" + (run.listener == nil ? "" : ", and made again"), kind: .warning)
  }

  /// VNC clients of one screen at a time: each has a copy of it in the hypervisor's memory.
  private static let mostViewers = 16

  nonisolated(nonsending) fileprivate func welcome(_ viewer: DescriptorCell) async {
    do throws(Failure) { try await admit(viewer) } catch { reporter.log(.warning, "\(error)") }
  }

  /// Makes a socket a viewer of the hypervisor's.
  nonisolated(nonsending) func admit(_ viewer: DescriptorCell) async throws(Failure) {
    guard let machine else { throw state.notRunning("show screen") }
    guard let socket = viewer.take() else { return }
    admitting += 1
    defer { admitting -= 1 }
    let there = try await machine.viewers() + admitting - 1
    guard there < Self.mostViewers else {
      throw Failure(
        .exhausted, operation: "show screen of", object: name,
        cause: "\(there) viewers are connected, and no more may be",
        remedy: "close one of them")
    }
    try await machine.addViewer(socket)
  }
}
