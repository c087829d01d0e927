package import Failure
import Life

extension VirtualMachine {
  /// Waits until one of `goals` is reached, cannot be reached any more, or time is up.
  package func wait(for goals: Set<Milestone>, timeout: Duration?) async -> WaitOutcome {
    await withTaskGroup(of: WaitOutcome.self) { group in
      group.addTask { await self.follow(until: goals) }
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

  private func follow(until goals: Set<Milestone>) async -> WaitOutcome {
    for await _ in changes() {
      let state = life.state
      if goals.contains(.state(state)) { return .reached(.state(state)) }
      if goals.contains(.agent), life.agentConnected, let agent = run?.agent {
        do throws(Failure) {
          try await agent.ping()
          return .reached(.agent)
        } catch {
          lookAgainSoon()
        }
      }
      // One that waits for its automatic start may still come there.
      let isOver = state == .failed || state == .stopped && life.desired == .off
      if isOver, life.restart == nil { return .unreachable }
    }
    return .unreachable
  }

  /// A busy guest may miss a ping; nothing else would wake the waiter.
  private func lookAgainSoon() {
    Task {
      try? await Task.sleep(for: .seconds(1))
      self.announce()
    }
  }

  /// Waits for the outcome of a start; automatic ones that follow a failed one are not waited for.
  /// - Returns: why it does not run; nil if it does.
  package func outcomeOfStart() async -> Failure? {
    for await _ in changes() {
      switch life.state {
      case .running, .paused, .migrating: return nil
      case .starting, .stopping: continue
      case .pending, .stopped, .failed:
        guard var why = life.why else {
          return Failure(
            .state, part: .state, operation: "start", object: name, cause: "it was stopped meanwhile",
            remedy: "start it again")
        }
        if life.restart != nil {
          why.remedy +=
            (why.remedy.isEmpty ? "" : "; ") + "it is tried again until you stop it: vmsupervisor stop \(name)"
        }
        return why
      }
    }
    return .noSuchVM(name, operation: "start")
  }

  /// Waits until nothing is left of a request to pause, resume or reboot.
  /// - Throws: how the VM ended instead, or that the hypervisor takes its time; it is tried further then.
  package func waitUntilDone(_ operation: String, timeout: Duration) async throws(Failure) {
    let isDone = await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        for await _ in await self.changes() where await self.hasNoRequest { break }
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
    guard isDone else {
      if var stall = state.stallFailure {
        stall.operation = operation
        throw stall
      }
      throw Failure(
        .timeout, part: .state, operation: operation, object: name,
        cause: "the hypervisor has not obeyed within \(timeout.components.seconds) s",
        remedy: "it is tried further; see vmsupervisor status \(name)")
    }
    guard life.state == .running || life.state == .paused else { throw life.why ?? notRunning(operation) }
  }

  /// Whether nothing is left to do but, perhaps, to end.
  private var hasNoRequest: Bool { life.request == nil || life.state == .stopping }

  /// Waits until no process is left.
  package func waitUntilEnded(timeout: Duration?) async -> Bool {
    await wait(for: [.state(.stopped), .state(.failed), .state(.pending)], timeout: timeout) != .timedOut
  }
}
