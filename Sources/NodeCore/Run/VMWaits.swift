import Failure
import Life

/// Waiting for what becomes of a VM. Belongs to the VM's actor.
final class VMWaits {
  private let state: VMState
  private let reporter: VMReporter

  init(_ state: VMState, _ reporter: VMReporter) {
    self.state = state
    self.reporter = reporter
  }

  private var life: LifeCycle { state.life }

  /// Yields after every change, and once at the beginning.
  func changes(isolation: isolated (any Actor)? = #isolation) -> AsyncStream<Void> {
    let here = OnActor(reporter, of: isolation)
    return reporter.changes { number in Task { await here.run { $0.unsubscribe(number) } } }
  }

  /// Waits until one of `goals` is reached, cannot be reached any more, or time is up.
  nonisolated(nonsending) func wait(for goals: Set<Milestone>, timeout: Duration?) async -> WaitOutcome {
    let here = OnActor(self, of: #isolation)
    return await withTaskGroup(of: WaitOutcome.self) { group in
      group.addTask { await here.run { await $0.follow(until: goals) } ?? .unreachable }
      if let timeout {
        group.addTask {
          try? await Task.sleep(for: timeout)
          return .timedOut
        }
      }
      let first = await group.next() ?? .unreachable
      group.cancelAll()
      return first
    }
  }

  nonisolated(nonsending) fileprivate func follow(until goals: Set<Milestone>) async -> WaitOutcome {
    for await _ in changes() {
      let now = life.state
      if goals.contains(.state(now)) { return .reached(.state(now)) }
      if goals.contains(.agent), life.agentConnected, let agent = state.run?.agent {
        do throws(Failure) {
          try await agent.ping()
          return .reached(.agent)
        } catch {
          lookAgainSoon()
        }
      }
      // One that waits for its automatic start may still come there.
      let isOver = now == .failed || now == .stopped && life.desired == .off
      if isOver, life.restart == nil { return .unreachable }
    }
    return .unreachable
  }

  /// A busy guest may miss a ping; nothing else would wake the waiter.
  private func lookAgainSoon(isolation: isolated (any Actor)? = #isolation) {
    let here = OnActor(self, of: isolation)
    Task {
      try? await Task.sleep(for: .seconds(1))
      await here.run { $0.reporter.announce() }
    }
  }

  /// Waits for the outcome of a start; automatic ones that follow a failed one are not waited for.
  /// - Returns: why it does not run; nil if it does.
  nonisolated(nonsending) func outcomeOfStart() async -> Failure? {
    for await _ in changes() {
      switch life.state {
      case .running, .paused, .migrating: return nil
      case .starting, .stopping: continue
      case .pending, .stopped, .failed:
        guard var why = life.why else {
          return Failure(
            .state, part: .state, operation: "start", object: state.name, cause: "it was stopped meanwhile",
            remedy: "start it again")
        }
        if life.restart != nil {
          why.remedy +=
            (why.remedy.isEmpty ? "" : "; ") + "it is tried again until you stop it: vmsupervisor stop \(state.name)"
        }
        return why
      }
    }
    return .noSuchVM(state.name, operation: "start")
  }

  /// Waits until nothing is left of a request to pause, resume or reboot.
  /// - Throws: how the VM ended instead, or that the hypervisor takes its time; it is tried further then.
  nonisolated(nonsending) func waitUntilDone(_ operation: String, timeout: Duration) async throws(Failure) {
    guard await follow(within: timeout, until: { $0.hasNoRequest }) else {
      if var stall = state.stallFailure {
        stall.operation = operation
        throw stall
      }
      throw Failure(
        .timeout, part: .state, operation: operation, object: state.name,
        cause: "the hypervisor has not obeyed within \(timeout.components.seconds) s",
        remedy: "it is tried further; see vmsupervisor status \(state.name)")
    }
    guard life.state == .running || life.state == .paused else { throw life.why ?? state.notRunning(operation) }
  }

  /// Waits until something holds, and no longer than that.
  /// - Returns: whether that was waited for to its end.
  @discardableResult
  nonisolated(nonsending) private func follow(
    within timeout: Duration, until isDone: @escaping @Sendable (VMWaits) -> Bool
  ) async -> Bool {
    let here = OnActor(self, of: #isolation)
    return await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        await here.run { await $0.follow(until: isDone) }
        return true
      }
      group.addTask {
        try? await Task.sleep(for: timeout)
        return false
      }
      let first = await group.next() ?? false
      group.cancelAll()
      return first
    }
  }

  nonisolated(nonsending) fileprivate func follow(until isDone: @Sendable (VMWaits) -> Bool) async {
    for await _ in changes() where isDone(self) { break }
  }

  /// Whether nothing is left to do but, perhaps, to end.
  private var hasNoRequest: Bool { life.request == nil || life.state == .stopping }

  /// Waits until no process is left.
  nonisolated(nonsending) func waitUntilEnded(timeout: Duration?) async -> Bool {
    await wait(for: [.state(.stopped), .state(.failed), .state(.pending)], timeout: timeout) != .timedOut
  }

  /// Waits for the end.
  /// - Throws: `.timeout` if it does not come.
  nonisolated(nonsending) func ended(within timeout: Duration) async throws(Failure) {
    guard await waitUntilEnded(timeout: timeout) else {
      throw Failure(
        .timeout, part: .process, operation: "stop", object: state.name,
        cause: "it has not ended after \(timeout.components.seconds) s",
        remedy: "see vmsupervisor status \(state.name), and the host's kernel log if SIGKILL does not end the process")
    }
  }

  /// Waits until a guest that was asked to power off has, or is asked no more.
  /// - Throws: that it runs on, and why it is asked no more.
  nonisolated(nonsending) func poweredOff(within timeout: Duration) async throws(Failure) {
    await follow(within: timeout) {
      !$0.life.state.hasProcess || $0.life.state != .stopping && $0.life.request?.isShutdown != true
    }
    guard life.state.hasProcess else { return }
    if let cut = life.cut, life.state != .stopping {
      throw cut
    }
    guard life.state == .stopping || life.request?.isShutdown == true else {
      throw Failure(
        .state, part: .state, operation: "stop", object: state.name,
        cause: "something else was requested of it meanwhile; it is \(life.state.rawValue)",
        remedy: "see vmsupervisor events \(state.name), then try again")
    }
    throw Failure(
      .timeout, part: .state, operation: "stop", object: state.name,
      cause: "it has not ended after \(timeout.components.seconds) s", remedy: "see vmsupervisor status \(state.name)")
  }

  /// Waits until a guest that has put itself to sleep is awake.
  /// - Throws: `.timeout` if it sleeps on.
  nonisolated(nonsending) func wakesUp(within timeout: Duration) async throws(Failure) {
    await follow(within: timeout) { !$0.life.isSuspended }
    guard life.isSuspended else { return }
    throw Failure(
      .timeout, part: .state, operation: "resume", object: state.name,
      cause: "the guest sleeps on, \(timeout.components.seconds) s after it was woken",
      remedy: "try again, or start it anew: vmsupervisor kill \(state.name), then start")
  }

  /// How long a guest that was let go on is watched: a request that failed is made again at once.
  private static let probation: Duration = .seconds(1)

  /// Watches a guest that was held and has been let go on.
  /// - Throws: the reason if it is held again.
  nonisolated(nonsending) func staysUp() async throws(Failure) {
    guard await wait(for: [.state(.paused)], timeout: Self.probation) == .reached(.state(.paused)), life.isHeld,
      let why = life.why
    else { return }
    throw why
  }
}
