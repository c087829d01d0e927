import Synchronization

/// Whether the supervisor serves, for all who watch it: one for all sockets. A watcher is told the present status at once and
/// each change; of a slow one nothing waits but the newest.
package final class ServingState: Sendable {
  /// How it can be.
  package enum Status: Hashable, Sendable {
    /// It takes calls.
    case serving
    /// It was told to end; new calls go to another node.
    case notServing
  }

  private struct Watcher: Sendable {
    let news: AsyncStream<Status>.Continuation
    /// What it has been told, to the end.
    var told: Status?
  }

  private struct State: Sendable {
    var status = Status.serving
    var watchers: [UInt64: Watcher] = [:]
    /// Who waits until all watchers know.
    var announcers: [UInt64: AsyncStream<Void>.Continuation] = [:]
    var numbers: UInt64 = 0

    mutating func number() -> UInt64 {
      numbers += 1
      return numbers
    }
  }

  private let state = Mutex(State())

  /// One that serves.
  package init() {}

  /// What it is now.
  package var status: Status { state.withLock { $0.status } }

  /// How many watch it.
  package var watchers: Int { state.withLock { $0.watchers.count } }

  /// Changes it and waits for nobody.
  package func set(_ status: Status) {
    state.withLock { state in
      guard state.status != status else { return }
      state.status = status
      // Here, so that nobody is told two changes in the wrong order.
      for watcher in state.watchers.values { watcher.news.yield(status) }
    }
  }

  /// Changes it and waits until all who watch have been told, or that time is up: nobody can hold up the end by not listening.
  package func announce(_ status: Status, within limit: Duration) async {
    let (steps, step) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let number = state.withLock { state in
      let number = state.number()
      state.announcers[number] = step
      return number
    }
    set(status)
    step.yield()
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in steps where self.isKnown(status) { return } }
      group.addTask { try? await Task.sleep(for: limit) }
      await group.next()
      group.cancelAll()
    }
    state.withLock { $0.announcers[number] = nil }
  }

  /// Tells the present status and each change, until the task is cancelled. The same may be told twice, when what was between is
  /// over already.
  /// - Parameter tell: is over when the watcher knows; what it throws ends it all.
  package func follow(_ tell: (Status) async throws -> Void) async throws {
    let (news, watcher) = AsyncStream.makeStream(of: Status.self, bufferingPolicy: .bufferingNewest(1))
    let number = state.withLock { state in
      let number = state.number()
      state.watchers[number] = Watcher(news: watcher)
      watcher.yield(state.status)
      return number
    }
    defer { note { $0.watchers[number] = nil } }
    for await status in news {
      try await tell(status)
      note { $0.watchers[number]?.told = status }
    }
  }

  private func isKnown(_ status: Status) -> Bool {
    state.withLock { $0.watchers.values.allSatisfy { $0.told == status } }
  }

  /// Notes what became of a watcher.
  private func note(_ change: (inout State) -> Void) {
    state.withLock { state in
      change(&state)
      for announcer in state.announcers.values { announcer.yield() }
    }
  }
}
