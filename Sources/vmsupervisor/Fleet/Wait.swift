import Failure
import Hypervisor
import Life

/// How a wait has ended.
enum WaitOutcome: Hashable, Sendable {
  case reached(Milestone)
  /// The VM has ended in another way, or is gone: only a new start leads there.
  case unreachable
  case timedOut
}

extension VirtualMachine {
  /// Waits until one of `goals` is reached, cannot be reached any more, or time is up.
  func wait(for goals: Set<Milestone>, timeout: Duration?) async -> WaitOutcome {
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
      if state == .failed || (state == .stopped && life.desired == .off) { return .unreachable }
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

  /// Waits until no process is left.
  func waitUntilEnded(timeout: Duration?) async -> Bool {
    await wait(for: [.state(.stopped), .state(.failed), .state(.pending)], timeout: timeout) != .timedOut
  }
}
