package import Failure
import Glibc
import Hypervisor
import IPC
import IPCPeer
package import Linux

/// Starts vmlaunch and hands it the plan.
package struct Launcher: Sendable {
  package let path: String

  /// Descriptors that a hypervisor may have: disks, sockets, TAPs, and room for hot-plug.
  static let openFiles: UInt64 = 1024
  /// io_uring accounts its rings here; 0 makes it fail.
  package static let lockedMemory: UInt64 = 8 << 20

  /// Starts the launcher, which waits for its plan. Blocks for about a millisecond.
  /// - Parameters:
  ///   - log: where it and what it becomes write.
  ///   - limits: what both can use at most.
  package func start(log: Int32, limits: ProcessLimits = ProcessLimits()) throws(Failure) -> Waiting {
    do throws(Errno) {
      var ends = try UnixSocket.pair(.packets)
      guard let ours = ends.take(0), let theirs = ends.take(1) else { throw Errno(EBADF) }
      let null = try Files.open("/dev/null", O_RDWR)
      let process = try ProcessHandle.spawn(
        path, arguments: ["vmlaunch"], environment: Self.environment,
        descriptors: [(null.raw, 0), (log, 1), (log, 2), (theirs.raw, LaunchPlan.socketNumber)],
        limits: limits)
      // Between the plan and exec lie a few system calls.
      try UnixSocket.limitWaiting(ours.raw, seconds: 20)
      return Waiting(process: process, socket: ours)
    } catch {
      throw error.failure("start launcher", path, remedy: "install it, or set Launcher= in the configuration")
        .of(.hypervisor)
    }
  }

  /// A launcher that waits for its plan; without one it ends.
  package struct Waiting: ~Copyable {
    package let pid: Int32
    private let process: ProcessHandle
    private let socket: Descriptor

    package init(process: consuming ProcessHandle, socket: consuming Descriptor) {
      pid = process.pid
      self.process = process
      self.socket = socket
    }

    /// Ends a launcher that gets no plan.
    package consuming func abandon() {
      try? process.signal(SIGKILL)
      _ = try? process.reap(blocking: true)
    }

    /// Hands over the plan and waits until the hypervisor has been executed. Blocks for a few milliseconds.
    /// - Throws: the step that the launcher could not take, with what helps. The process is then gone.
    consuming func launch(
      _ plan: ProcessPlan, numbers: [Int32], _ confinement: ConfinementPlan, by host: HostConfinement
    ) throws(Failure) -> Executed {
      var order = LaunchPlan()
      order.program = plan.arguments[0]
      order.arguments = plan.arguments
      order.environment = Launcher.environment
      order.targets = plan.descriptors.map { UInt16($0.target) }
      order.openFiles = Launcher.openFiles
      order.coreSize = 0
      order.lockedMemory = Launcher.lockedMemory
      confinement.add(to: &order)
      return try launch(order, numbers: numbers, user: confinement.user, by: host)
    }

    /// The same for any program.
    /// - Parameter user: the user that it becomes; nil for the supervisor's.
    consuming func launch(
      _ order: LaunchPlan, numbers: [Int32], user: UInt32?, by host: HostConfinement
    ) throws(Failure) -> Executed {
      var conversation = LaunchConversation(socket: socket.raw, pid: pid, users: host.users, user: user)
      do throws(Failure) {
        try conversation.send(order, numbers: numbers, gate: host.gate.instructions)
        try conversation.listen()
      } catch {
        try? process.signal(SIGKILL)
        _ = try? process.reap(blocking: true)
        throw error.withRemedy().of(.hypervisor)
      }
      var listener: DescriptorCell?
      if let descriptor = conversation.listener.take(0) { listener = DescriptorCell(descriptor) }
      return Executed(process: process, report: conversation.report, listener: listener)
    }
  }

  /// A hypervisor in the place of its launcher.
  struct Executed: ~Copyable {
    let process: ProcessHandle
    let report: LaunchReport
    /// Hears of forbidden system calls; nil if they kill at once.
    let listener: DescriptorCell?
  }

  package static let environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "HOME=/"]
}
