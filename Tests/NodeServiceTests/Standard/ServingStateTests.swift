import Synchronization
import Testing

@testable import NodeService

/// Who watches whether the supervisor serves, without a wire.
@Suite struct ServingStateTests {
  /// Waits until so many watch.
  private func watchers(_ count: Int, of serving: ServingState) async throws {
    while serving.watchers != count { try await Task.sleep(for: .milliseconds(1)) }
  }

  /// What each watcher was told.
  private final class Told: Sendable {
    private let statuses = Mutex<[Int: [ServingState.Status]]>([:])

    var all: [[ServingState.Status]] { statuses.withLock { Array($0.values) } }

    func note(_ status: ServingState.Status, to watcher: Int) {
      statuses.withLock { $0[watcher, default: []].append(status) }
    }
  }

  @Test func everybodyIsToldThePresentAndTheChange() async throws {
    let serving = ServingState()
    let told = Told()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<100 {
        group.addTask { try await serving.follow { told.note($0, to: number) } }
      }
      try await watchers(100, of: serving)
      await serving.announce(.notServing, within: .seconds(3600))
      #expect(told.all.count == 100 && told.all.allSatisfy { $0.last == .notServing && $0.count <= 2 })
      #expect(serving.status == .notServing)

      var late: ServingState.Status?
      await #expect(throws: CancellationError.self) {
        try await serving.follow { status in
          late = status
          throw CancellationError()
        }
      }
      #expect(late == .notServing, "who comes later is told what is")
      group.cancelAll()
    }
    #expect(serving.watchers == 0, "who leaves is forgotten")
  }

  @Test func ofASlowWatcherNothingWaitsButTheNewest() async throws {
    let serving = ServingState()
    let (told, telling) = AsyncStream.makeStream(of: ServingState.Status.self)
    let (goes, go) = AsyncStream.makeStream(of: Void.self)
    let watcher = Task {
      var going = goes.makeAsyncIterator()
      try await serving.follow { status in
        telling.yield(status)
        await going.next()
      }
    }
    var statuses = told.makeAsyncIterator()
    #expect(await statuses.next() == .serving)
    for _ in 0..<1000 {
      serving.set(.notServing)
      serving.set(.serving)
    }
    serving.set(.notServing)
    go.yield()
    #expect(await statuses.next() == .notServing, "what was between is over")
    go.yield()
    try await Task.sleep(for: .milliseconds(20))
    telling.finish()
    #expect(await statuses.next() == nil, "nothing else has waited")
    watcher.cancel()
    try await watcher.value
  }

  @Test func nobodyHoldsUpTheEnd() async throws {
    let serving = ServingState()
    await serving.announce(.notServing, within: .seconds(3600))
    serving.set(.serving)

    let watcher = Task { try await serving.follow { _ in try await Task.sleep(for: .seconds(3600)) } }
    try await watchers(1, of: serving)
    await serving.announce(.notServing, within: .milliseconds(20))
    #expect(serving.status == .notServing && serving.watchers == 1)

    // Who leaves instead of listening is not waited for.
    async let announced: Void = serving.announce(.serving, within: .seconds(3600))
    watcher.cancel()
    await announced
    #expect(serving.watchers == 0)
    _ = await watcher.result
  }
}
