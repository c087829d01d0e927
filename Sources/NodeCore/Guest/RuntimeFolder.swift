import Failure
import Life
import Linux

/// Running VMs whose folder of sockets somebody has removed.
extension RunWatcher {
  /// Looks whether it is there. What says which process is the hypervisor is written again, for a next life of ours; its
  /// sockets nobody can make again.
  /// - Parameter isSure: false waits for a second look: a hypervisor that ends takes its sockets away just before.
  func lookAtRuntimeFolder(isSure: Bool) {
    guard let run, life.state == .running || life.state == .paused else { return }
    let isThere = Files.exists(paths.monitor)
    let isSecond = run.watch.misses > 0
    run.watch.misses = isThere ? 0 : 1
    guard isThere || isSure || isSecond else { return }
    let trouble = isThere ? mendIncarnation(run) : uprooting(run)
    guard trouble != run.watch.uprooted else { return }
    let isNews = run.watch.uprooted == nil
    run.watch.uprooted = trouble
    if isNews, let trouble {
      reporter.log(.error, "\(trouble)")
      reporter.note(.warning, "its sockets were removed", .host, trouble)
    }
    reporter.announce()
  }

  /// - Returns: why that cannot be; nil if it is there.
  private func mendIncarnation(_ run: VMRun) -> Failure? {
    guard !Files.exists(paths.incarnation) else { return nil }
    do throws(Failure) {
      do throws(Errno) { try Files.makeFolders(paths.runtime) } catch {
        throw error.failure("make folder", paths.runtime).of(.process)
      }
      try RecordStore.write(run.incarnation, to: paths.incarnation)
      reporter.log(.notice, "\(paths.incarnation) was removed, and is written again")
      return nil
    } catch {
      return Failure(
        error.code, part: .process, operation: "be reached", object: paths.incarnation,
        cause: "the file that says which process is its hypervisor was removed and cannot be written: \(error.cause)",
        remedy:
          "give the supervisor's user the folder \(folder) again; it is tried every few seconds",
        errno: error.errno)
    }
  }

  private func uprooting(_ run: VMRun) -> Failure {
    var failure = Failure(
      .notFound, part: .process, operation: "be reached", object: paths.runtime,
      cause:
        "somebody has removed the sockets of its hypervisor in \(paths.runtime): the guest goes on, but a supervisor "
        + "that is started again cannot reach its monitor, console and agent",
      remedy: "when it suits, stop it and start it again: vmsupervisor stop \(name), then vmsupervisor start \(name)")
    if let trouble = mendIncarnation(run) { failure.remedy = "\(trouble.remedy); then \(failure.remedy)" }
    return failure
  }
}
