package import Failure
import Glibc
package import Hypervisor
package import IPCPeer
package import Linux

/// Where hypervisors run: makes their processes, and finds those of an earlier life of the supervisor.
package protocol HypervisorHost: Sendable {
  /// Makes the process of a machine. Blocks.
  /// - Parameters:
  ///   - numbers: the descriptors of the plan, in its order.
  ///   - note: told who it will be before it is anything: writes that down, and sees to its limits.
  /// - Throws: what `note` threw, or why it could not be started. Then there is none.
  func start(
    _ plan: ProcessPlan, numbers: [Int32], _ confinement: ConfinementPlan,
    note: (_ pid: Int32, _ startTime: UInt64) throws(Failure) -> Void
  ) throws(Failure) -> StartedHypervisor

  /// The process with that number, if it still is the one that began then.
  /// - Parameter startTime: see `ProcessFacts.startTime`.
  func process(pid: Int32, startTime: UInt64) -> (any HypervisorProcess)?

  /// The hypervisor of a VM among all processes, where the file that names it was removed.
  func search(_ id: String, _ backend: any Backend) -> HypervisorSearch.Found?
}

/// A hypervisor in the place of its launcher.
package struct StartedHypervisor: Sendable {
  package var process: any HypervisorProcess
  package var report: LaunchReport
  /// Hears of forbidden system calls; nil if they kill at once.
  package var listener: DescriptorCell?

  package init(process: any HypervisorProcess, report: LaunchReport, listener: DescriptorCell? = nil) {
    self.process = process
    self.report = report
    self.listener = listener
  }
}

/// This host: vmlaunch becomes the hypervisor.
package struct LocalHost: HypervisorHost {
  private let launcher: Launcher
  private let confinement: HostConfinement

  package init(launcher: String, _ confinement: HostConfinement) {
    self.launcher = Launcher(path: launcher)
    self.confinement = confinement
  }

  package func start(
    _ plan: ProcessPlan, numbers: [Int32], _ confined: ConfinementPlan,
    note: (_ pid: Int32, _ startTime: UInt64) throws(Failure) -> Void
  ) throws(Failure) -> StartedHypervisor {
    let log = zip(plan.descriptors, numbers).first { $0.0.role == .processLog }?.1 ?? STDERR_FILENO
    let waiting = try Failure.of(.hypervisor) { () throws(Failure) in try launcher.start(log: log) }
    do throws(Failure) { try note(waiting.pid, ProcessFacts(pid: waiting.pid)?.startTime ?? 0) } catch {
      waiting.abandon()
      throw error
    }
    let executed = try waiting.launch(plan, numbers: numbers, confined, by: confinement)
    let (report, listener) = (executed.report, executed.listener)
    return StartedHypervisor(process: RunningProcess(executed.process), report: report, listener: listener)
  }

  package func process(pid: Int32, startTime: UInt64) -> (any HypervisorProcess)? {
    // The number may have been given to another since; with the handle open it cannot be any more.
    guard let handle = try? ProcessHandle(pid: pid), ProcessFacts(pid: pid)?.startTime == startTime else { return nil }
    return RunningProcess(handle)
  }

  package func search(_ id: String, _ backend: any Backend) -> HypervisorSearch.Found? {
    let users = confinement.users
    return HypervisorSearch.find(id, backend) { $0 == geteuid() || users.has($0) }
  }
}
