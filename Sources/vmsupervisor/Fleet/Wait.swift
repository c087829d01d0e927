import Failure
import Hypervisor
import Life

extension VirtualMachine {
  /// Waits until one of `goals` is reached, or the VM has ended in another way, or time is up.
  /// - Returns: the goal reached, nil if it cannot be reached any more or time is up.
  func wait(for goals: Set<Milestone>, timeout: Duration?) async -> Milestone? {
    let (ends, end) = AsyncStream.makeStream(of: Void.self)
    let alarm = timeout.map { timeout in
      Task {
        try? await Task.sleep(for: timeout)
        end.finish()
      }
    }
    defer { alarm?.cancel() }
    return await withTaskGroup(of: Milestone?.self) { group in
      group.addTask { await self.follow(until: goals) }
      group.addTask {
        for await _ in ends {}
        return nil
      }
      let first = await group.next() ?? nil
      end.finish()
      group.cancelAll()
      return first
    }
  }

  private func follow(until goals: Set<Milestone>) async -> Milestone? {
    for await _ in changes() {
      let state = life.state
      if goals.contains(.state(state)) { return .state(state) }
      if goals.contains(.agent), life.agentConnected, let agent = run?.agent {
        do throws(Failure) {
          try await agent.ping()
          return .agent
        } catch {
          continue
        }
      }
      // Once it has ended, nothing but a new start leads anywhere else.
      if state == .failed || (state == .stopped && life.desired == .off) { return nil }
    }
    return nil
  }

  /// Waits until no process is left.
  func waitUntilEnded(timeout: Duration?) async -> Bool {
    await wait(for: [.state(.stopped), .state(.failed), .state(.pending)], timeout: timeout) != nil
  }
}
