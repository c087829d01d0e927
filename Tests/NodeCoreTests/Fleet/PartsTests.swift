import Failure
import Testing

@testable import NodeCore

/// What is owned by an actor runs on that actor, whoever has it done.
@Suite struct PartsTests {
  /// An actor with a part, as a VM has them.
  private actor Owner {
    private let gate = ChangeGate()
    private let part = Part()

    var runs: Int { part.runs }

    /// Does the same in the part, one at a time, from `count` tasks at once.
    func work(_ count: Int) async throws(Failure) {
      try await gate.alone { () async throws(Failure) in
        self.assertIsolated()
        await part.run(on: self)
      }
      let (here, owner): (OnActor<Part>, any Actor) = (OnActor(part, of: self), self)
      await withTaskGroup { group in
        for _ in 0..<count { group.addTask { await here.run { await $0.run(on: owner) } } }
      }
    }

    func reference() -> OnActor<Part> { OnActor(part, of: self) }
  }

  private final class Part {
    private(set) var runs = 0

    nonisolated(nonsending) func run(on owner: any Actor) async {
      owner.assertIsolated()
      let before = runs
      runs += 1
      #expect(runs == before + 1)
      await Task.yield()
      owner.assertIsolated()
    }
  }

  @Test func aPartRunsOnItsActor() async throws {
    let owner = Owner()
    try await owner.work(100)
    #expect(await owner.runs == 101)
  }

  @Test func aPartWhoseActorIsGoneDoesNothing() async {
    var owner: Owner? = Owner()
    let here = await owner?.reference()
    #expect(await here?.run { $0.runs } == 0)
    owner = nil
    #expect(await here?.run { $0.runs } == .some(.none))
  }

  /// Of those that change something one is let through, and a failure of it lets the next one in.
  @Test func changesComeOneAfterTheOther() async {
    let gate = ChangeGate()
    let inside = Counter()
    await withTaskGroup { group in
      for number in 0..<50 {
        group.addTask {
          do throws(Failure) {
            try await gate.alone { () async throws(Failure) in
              #expect(await inside.enter() == 1)
              await Task.yield()
              await inside.leave()
              if number % 2 == 0 { throw Failure(.state, operation: "change", cause: "no") }
            }
          } catch { #expect(error.cause == "no") }
        }
      }
    }
    await gate.settle(within: .seconds(10))
    #expect(await inside.most == 1)
  }

  private actor Counter {
    private var now = 0
    private(set) var most = 0

    func enter() -> Int {
      now += 1
      most = max(most, now)
      return now
    }

    func leave() { now -= 1 }
  }
}
