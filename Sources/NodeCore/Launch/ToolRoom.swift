package import Failure
import Glibc
package import Hypervisor
import IPCPeer
import Linux
package import Storage
import Synchronization
import Text

/// Where the tools of one VM run, or of one volume that is made: confined as a hypervisor is, each within a time, and none
/// longer than the VM is there, or whoever asked for the volume.
///
/// An image is anybody's: what its header makes a tool do has to end at the descriptors that it was given. There is no
/// network, no file but its own libraries, and no system call that a hypervisor would not have.
package final class ToolRoom: Sendable {
  private let launcher: String
  private let confinement: HostConfinement
  private let isStrict: Bool
  private let isClosed = Mutex(false)

  /// Longest that a tool may take. Growing an image writes its tables, making a seed some KiB.
  package static let timeout: Duration = .seconds(60)
  /// How soon a closed room is noticed, milliseconds.
  private static let slice: Int32 = 50

  private let timeout: Duration
  private let processorSeconds: UInt64

  /// - Parameters:
  ///   - timeout: longest that a tool may take.
  ///   - processorSeconds: most time of a processor that it may use.
  init(
    launcher: String, isStrict: Bool, _ confinement: HostConfinement, timeout: Duration = ToolRoom.timeout,
    processorSeconds: UInt64 = Tool.processorSeconds
  ) {
    self.timeout = timeout
    self.processorSeconds = processorSeconds
    self.launcher = launcher
    self.isStrict = isStrict
    self.confinement = confinement
  }

  /// Ends what runs, and lets nothing begin any more.
  package func close() { isClosed.withLock { $0 = true } }

  /// Takes `close` back.
  package func open() { isClosed.withLock { $0 = false } }

  /// Runs a tool and waits for its end. Blocks.
  /// - Parameters:
  ///   - files: what the tool opens by itself.
  ///   - operation: what is done by it, for the failure.
  ///   - object: the image.
  ///   - file: the open image, which it changes.
  /// - Throws: that it is not there, that it took too long, or what it said if it did not end with status 0.
  package func run(
    _ tool: Tool, _ files: HypervisorFiles, _ work: ToolWork, operation: String, object: String, file: Int32
  ) throws(Failure) {
    let said = try Self.memory(tool)
    let null = try NamedFile.null()
    let waiting = try Launcher(path: launcher).start(
      log: said.raw,
      limits: ProcessLimits(processorSeconds: processorSeconds, addressSpace: Tool.addressSpace))
    let numbers =
      [null.raw, work.isOutput ? file : null.raw, said.raw] + (work.isOutput ? [] : [file])
      + (work.source.map { [$0] } ?? []) + (work.below.map { [$0] } ?? []) + work.passed
    let executed = try waiting.launch(plan(tool, files, work), numbers: numbers, user: nil, by: confinement)
    // Nobody listens for forbidden calls of a tool, which would wait for ever: now they answer ENOSYS.
    _ = executed.listener?.take()
    let end: ProcessEnd?
    do throws(Errno) { end = try wait(executed.process) } catch { throw error.failure("run", tool.path) }
    guard let end else {
      guard !isClosed.withLock({ $0 }) else {
        throw Failure(.timeout, operation: operation, object: object, cause: "it was cancelled")
      }
      throw Failure(
        .timeout, operation: operation, object: object,
        cause: "\(tool.name) did not end within \(Quantity.duration(timeout))",
        remedy: "see whether its file system answers")
    }
    guard end == .exited(0) else {
      let how =
        switch end {
        case .exited(let status): "ended with status \(status)"
        case .signalled(let number): "was ended by signal \(number)"
        case .unknown: "ended, and nobody knows how"
        }
      let words = Self.lastLine(said.raw, of: tool, object)
      throw Failure(
        .system, operation: operation, object: object,
        cause: words.isEmpty ? "\(tool.name) \(how)" : "\(tool.name): \(words)",
        remedy: "see to space and permissions there")
    }
  }

  private static func memory(_ tool: Tool) throws(Failure) -> Descriptor {
    do throws(Errno) { return try MemoryFile.make("tool") } catch { throw error.failure("run", tool.path) }
  }

  private func plan(_ tool: Tool, _ libraries: HypervisorFiles, _ work: ToolWork) -> LaunchPlan {
    var plan = LaunchPlan()
    plan.program = tool.path
    plan.arguments = [tool.name] + work.arguments
    plan.environment = Launcher.environment
    let files =
      (work.isOutput ? [] : [UInt16(Tool.file)]) + (work.source == nil ? [] : [UInt16(Tool.source)])
      + (work.below == nil ? [] : [UInt16(Tool.below)])
    plan.targets = [0, 1, 2] + files + work.passed.indices.map { UInt16(Tool.below) + UInt16($0) }
    plan.openFiles = 256
    plan.coreSize = 0
    plan.lockedMemory = Launcher.lockedMemory
    plan.executable = libraries.executable
    plan.readable = libraries.readable + (work.folder.map { [$0] } ?? [])
    plan.devices = ["/dev/null"]
    plan.reopened = files
    let profile = tool.isConnected ? ConfinementPlan.fetchProfileName : ConfinementPlan.profileName
    plan.profile = confinement.host.hasAppArmor ? profile : ""
    let layers: [LaunchLayer] = [
      .noNewPrivileges, .boundingSet, .userNamespace, .networkNamespace, .landlock, .systemCalls,
    ]
    // What a stranger speaks with is nowhere without these two.
    let always: [LaunchLayer] = tool.isConnected ? [.noNewPrivileges, .systemCalls] : []
    plan.required = (isStrict ? layers : always).map(\.rawValue)
    return plan
  }

  /// - Returns: nil if it was ended before its own end.
  private func wait(_ child: borrowing ProcessHandle) throws(Errno) -> ProcessEnd? {
    let end = ContinuousClock.now + timeout
    while true {
      var state = pollfd(fd: child.descriptor.raw, events: Int16(POLLIN), revents: 0)
      if poll(&state, 1, Self.slice) > 0 { return try child.reap(blocking: true) }
      guard ContinuousClock.now < end, !isClosed.withLock({ $0 }) else {
        try? child.signal(SIGKILL)
        _ = try child.reap(blocking: true)
        return nil
      }
    }
  }

  /// What the tool said last, with the path in the place of the descriptor.
  private static func lastLine(_ file: Int32, of tool: Tool, _ object: String) -> String {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let got = pread(file, &bytes, bytes.count, 0)
    let text = String(decoding: bytes.prefix(max(0, got)), as: UTF8.self)
    let line = text.split(separator: "\n").last.map(String.init) ?? ""
    let words = line.hasPrefix(tool.name + ": ") ? String(line.dropFirst(tool.name.count + 2)) : line
    return words.replacing("/proc/self/fd/\(Tool.file)", with: object)
      .replacing("/proc/self/fd/\(Tool.source)", with: "the source")
      .replacing("/proc/self/fd/\(Tool.below)", with: "the image below it")
  }
}

extension Tool {
  /// What it opens by itself.
  /// - Throws: that it is not installed.
  package func files() async throws(Failure) -> HypervisorFiles {
    guard access(path, X_OK) == 0 else {
      throw Errno(errno).failure("run", path, remedy: "install the package \(package)")
    }
    return try await HypervisorFiles.libraries(executable: path)
  }
}

/// A room with what the tool there opens by itself.
struct EquippedToolRoom: ToolRunner {
  let room: ToolRoom
  let files: HypervisorFiles

  func run(_ tool: Tool, _ work: ToolWork, operation: String, object: String, file: Int32) throws(Failure) {
    try room.run(tool, files, work, operation: operation, object: object, file: file)
  }
}
