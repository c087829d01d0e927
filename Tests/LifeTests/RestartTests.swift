import Failure
import Life
import Testing

/// Automatic starts.
@Suite struct RestartTests {
  private func died(_ life: inout LifeCycle) throws -> Duration? {
    _ = try life.handle(.monitorReady(.running))
    let effects = try life.handle(.processEnded(.signalled(9), words: ""))
    for case .arm(.restart, let pause) in effects { return pause }
    return nil
  }

  @Test func pausesDoubleUpToTheLongestAndThenItGivesUp() throws {
    var life = try LifeCycle.reached(
      .starting, policy: RestartPolicy(.onFailure, maxAttempts: 6, first: .seconds(1), longest: .seconds(10)))
    var pauses: [Duration?] = []
    for attempt in 1...6 {
      pauses.append(try died(&life))
      #expect(life.state == .failed && life.restart?.attempt == attempt && life.desired == .on)
      #expect(try life.handle(.timer(.restart)).contains(.launch))
      #expect(life.state == .starting && life.memory.attempts == attempt && life.why == nil)
    }
    #expect(pauses == [1, 2, 4, 8, 10, 10].map { .seconds($0) })
    #expect(try died(&life) == nil)
    #expect(life.state == .failed && life.restart == nil && life.memory.restarts == 6)
    #expect(
      life.why?.cause
        == "gave up after 6 starts; the last time it could not keep running: the hypervisor was ended by signal 9")
    // The owner can begin again.
    #expect(try life.handle(.start).contains(.launch))
    #expect(life.memory.attempts == 0)
    #expect(try died(&life) == .seconds(1))
  }

  @Test func jitterTakesAwayUpToAHalf() throws {
    for (jitter, pause) in [(0.0, 0.5), (0.5, 0.75), (0.999, 1)] {
      var life = try LifeCycle.reached(.running, policy: RestartPolicy(.always))
      _ = try life.handle(.processEnded(.unknown, words: ""), jitter: jitter)
      #expect(abs(((life.restart?.delay ?? .zero) / .seconds(1)) - pause) < 0.01)
    }
  }

  @Test func longRunningForgetsTheAttempts() throws {
    var life = try LifeCycle.reached(.starting, policy: RestartPolicy(.always, resetAfter: .seconds(7)))
    _ = try died(&life)
    _ = try life.handle(.timer(.restart))
    #expect(try life.handle(.monitorReady(.running)).contains(.arm(.steady, after: .seconds(7))))
    #expect(life.memory.attempts == 1)
    _ = try life.handle(.timer(.steady))
    #expect(life.memory.attempts == 0)
  }

  @Test func powerOffFromInsideCountsUnlessAlways() throws {
    for (kind, state, power) in [
      (RestartPolicy.Kind.never, State.stopped, Power.off), (.onFailure, .stopped, .off), (.always, .starting, .on),
    ] {
      var life = try LifeCycle.reached(.running, policy: RestartPolicy(kind))
      _ = try life.handle(.guest(.shutDown))
      _ = try life.handle(.processEnded(.exited(0), words: ""))
      #expect(life.state == .stopped)
      _ = try life.handle(.timer(.restart))
      #expect(life.state == state && life.desired == power)
    }
  }

  @Test func theOwnersStopEndsTheWait() throws {
    for request in [Event.stop(timeout: .seconds(30)), .kill] {
      var life = try LifeCycle.reached(.failed, policy: RestartPolicy(.always))
      #expect(life.restart != nil)
      #expect(try life.handle(request) == [.disarm(.restart)])
      #expect(life.restart == nil && life.desired == .off)
      #expect(try life.handle(.timer(.restart)).isEmpty)
    }
    var life = try LifeCycle.reached(.failed, policy: RestartPolicy(.always))
    #expect(try life.handle(.start) == [.disarm(.restart), .launch])
  }

  @Test func nothingIsStartedAfterAnOwnersStop() throws {
    var life = try LifeCycle.reached(.stopping, policy: RestartPolicy(.always))
    _ = try life.handle(.guest(.panicked))
    let effects = try life.handle(.processEnded(.exited(0), words: ""))
    #expect(life.restart == nil && !effects.contains { if case .arm = $0 { true } else { false } })
  }

  @Test func whatIsWrongInItselfIsNotTriedAgain() throws {
    var life = try LifeCycle.reached(.starting, policy: RestartPolicy(.always))
    _ = try life.handle(.startFailed(Failure(.invalid, operation: "attach port", cause: "no such network")))
    _ = try life.handle(.processEnded(.unknown, words: ""))
    #expect(life.state == .failed && life.restart == nil && life.why?.code == .invalid)
  }

  @Test func waitAndAttemptsOutliveUs() throws {
    var life = try LifeCycle.reached(.starting, policy: RestartPolicy(.always))
    for _ in 0..<3 {
      _ = try died(&life)
      _ = try life.handle(.timer(.restart))
    }
    _ = try died(&life)
    var memory = life.memory
    memory.restart?.delay = .milliseconds(20)
    var later = LifeCycle(memory, policy: life.policy)
    #expect(try later.handle(.recovered(hostRestarted: false)) == [.arm(.restart, after: .milliseconds(20))])
    _ = try later.handle(.timer(.restart))
    #expect(later.memory.attempts == 4)
  }

  @Test(arguments: [RestartPolicy.Kind.never, .onFailure, .always])
  func aRestartedHost(_ kind: RestartPolicy.Kind) throws {
    var life = try LifeCycle.reached(.running, policy: RestartPolicy(kind)).reborn
    _ = try life.handle(.processEnded(.hostRestarted, words: ""))
    #expect(life.state == .failed && life.why?.cause == "the host was started again")
    #expect((life.restart != nil) == (kind != .never))
    #expect(life.restart?.attempt ?? 0 == 0, "it was not the guest's fault")
    var off = try LifeCycle.reached(.stopping, policy: RestartPolicy(kind)).reborn
    _ = try off.handle(.processEnded(.hostRestarted, words: ""))
    #expect(off.state == .stopped && off.restart == nil)
  }

  @Test func aRestartedHostIsANewChance() throws {
    var life = try LifeCycle.reached(.starting, policy: RestartPolicy(.onFailure, maxAttempts: 1))
    _ = try died(&life)
    _ = try life.handle(.timer(.restart))
    #expect(try died(&life) == nil)
    life = life.reborn
    #expect(try life.handle(.recovered(hostRestarted: false)).isEmpty, "given up is given up")
    #expect(try life.handle(.recovered(hostRestarted: true)).count == 1)
    #expect(life.restart != nil && life.memory.attempts == 0)
  }
}
