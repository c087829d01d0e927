import Failure
import Life
import Testing

@Suite struct LifeCycleTests {
  private static let observations: [Event] = [
    .monitorReady(.running), .monitorReady(.shutDown), .startFailed(Failure(.system, operation: "launch", cause: "no")),
    .guest(.running), .guest(.paused), .guest(.shutDown), .guest(.panicked), .guest(.broken), .guestReset,
    .guest(.held), .holdExplained(Failure(.exhausted, operation: "write", cause: "no space")), .adopted(.held),
    .answered(attempt: 0, .running),
    .agent(connected: true), .agent(connected: false), .hypervisorLeaving, .healthy,
    .unhealthy(Failure(.timeout, operation: "check health", cause: "no answer")), .processEnded(.exited(1), words: "x"),
    .adopted(.running), .adopted(.shutDown), .recovered(hostRestarted: true), .timer(.start), .timer(.step),
    .timer(.restart), .timer(.steady),
  ]

  @Test func startLaunchesOnceAndCountsGenerations() throws {
    var life = LifeCycle()
    #expect(try life.handle(.start).contains(.launch))
    #expect(life.generation == 1)
    #expect(try life.handle(.start).isEmpty)
    #expect(life.generation == 1)
    #expect(life.desired == .on)
  }

  @Test func powerOffFromInsideIsStopped() throws {
    var life = try LifeCycle.reached(.running)
    #expect(try life.handle(.guest(.shutDown)).contains(.quit))
    #expect(life.state == .stopping)
    _ = try life.handle(.processEnded(.exited(0), words: ""))
    #expect(life.state == .stopped)
    #expect(life.desired == .off)
    #expect(life.why?.cause.contains("switched itself off") == true)
  }

  @Test func panicIsFailedWithReason() throws {
    var life = try LifeCycle.reached(.running)
    _ = try life.handle(.guest(.panicked))
    _ = try life.handle(.guest(.paused))
    _ = try life.handle(.processEnded(.exited(0), words: ""))
    #expect(life.state == .failed)
    #expect(life.why?.cause.contains("panicked") == true)
  }

  @Test func deathOfTheProcessIsFailedWithItsLastWords() throws {
    var life = try LifeCycle.reached(.running)
    _ = try life.handle(.processEnded(.signalled(9), words: "qemu: out of memory"))
    #expect(life.state == .failed)
    #expect(life.why?.cause == "the hypervisor was ended by signal 9: qemu: out of memory")
  }

  @Test func stopEscalatesToTheEnd() throws {
    var life = try LifeCycle.reached(.running)
    _ = try life.handle(.agent(connected: true))
    var climbed = try life.handle(.stop(timeout: .seconds(30))).filter { !$0.isTimer }
    for _ in 0..<8 { climbed += try life.handle(.timer(.step)).filter { !$0.isTimer } }
    let asked: [Effect] = [.askAgent, .pressPowerButton]
    #expect(climbed == [.askAgent] + asked + asked + asked + asked + asked + [.quit, .kill, .kill])
    _ = try life.handle(.processEnded(.signalled(9), words: ""))
    #expect(life.state == .stopped)
  }

  @Test func escalationTakesAsLongAsItWasGiven() {
    for agent in [true, false] {
      let steps = Escalation.stop(timeout: .seconds(12), agent: agent).steps
      #expect(steps.first?.at == .zero)
      #expect(steps.first { $0.effects == [.quit] }?.at == .seconds(12))
      #expect(steps.last?.effects == [.kill])
      #expect(steps.map(\.at) == steps.map(\.at).sorted())
    }
  }

  @Test func startWhileStoppingIsRefusedWithARemedy() throws {
    var life = try LifeCycle.reached(.stopping)
    let before = life
    let refusal = #expect(throws: Failure.self) { try life.handle(.start) }
    #expect(refusal?.code == .state)
    #expect(refusal?.remedy.isEmpty == false)
    #expect(life == before)
  }

  @Test func failedStartEndsAsFailedEvenWithoutProcess() throws {
    var life = try LifeCycle.reached(.starting)
    let reason = Failure(.notFound, operation: "open", object: "disk", cause: "No such file or directory")
    #expect(try life.handle(.startFailed(reason)).contains(.kill))
    _ = try life.handle(.processEnded(.unknown, words: ""))
    #expect(life.state == .failed)
    #expect(life.why == reason)
  }

  @Test func stopDuringStartIsStopped() throws {
    var life = try LifeCycle.reached(.starting)
    _ = try life.handle(.stop(timeout: .seconds(30)))
    _ = try life.handle(.monitorReady(.running))
    #expect(life.state == .stopping)
    _ = try life.handle(.processEnded(.unknown, words: ""))
    #expect(life.state == .stopped)
  }

  @Test func startThatNeverAnswersTimesOut() throws {
    var life = try LifeCycle.reached(.starting)
    #expect(try life.handle(.timer(.start)).contains(.kill))
    _ = try life.handle(.processEnded(.signalled(9), words: ""))
    #expect(life.state == .failed)
    #expect(life.why?.code == .timeout)
  }

  @Test(arguments: State.allCases.filter { $0 != .migrating })
  func observationsNeverThrow(_ state: State) throws {
    for event in Self.observations {
      var life = try LifeCycle.reached(state)
      _ = try life.handle(event)
    }
  }

  @Test(arguments: State.allCases.filter { $0 != .migrating })
  func lostProcessAfterARestartOfOurs(_ state: State) throws {
    let before = try LifeCycle.reached(state)
    var life = LifeCycle(before.memory)
    let effects = try life.handle(.processEnded(.unknown, words: ""))
    guard state.hasProcess else {
      #expect(effects.isEmpty && life.state == state)
      return
    }
    #expect(life.state == (state == .stopping ? .stopped : .failed))
    #expect(effects.contains(.cleanUp))
  }

  @Test func adoptionOfAStopHalfDoneGoesOnStopping() throws {
    var life = LifeCycle(LifeMemory(state: .stopping, desired: .off, generation: 3))
    #expect(try life.handle(.adopted(.running)).contains(.pressPowerButton))
    #expect(life.state == .stopping)
    var ended = LifeCycle(LifeMemory(state: .stopping, desired: .off, generation: 3))
    #expect(try ended.handle(.adopted(.shutDown)).contains(.quit))
  }

  @Test func theReasonSurvivesACrashInTheMiddleOfTheEnd() throws {
    for (condition, desired, end) in [(GuestCondition.panicked, Power.on, State.failed), (.shutDown, .off, .stopped)] {
      var life = try LifeCycle.reached(.running)
      _ = try life.handle(.guest(condition))
      #expect(life.state == .stopping && life.desired == desired)
      var later = LifeCycle(life.memory)
      _ = try later.handle(.adopted(condition))
      _ = try later.handle(.processEnded(.exited(0), words: ""))
      #expect(later.state == end && later.why == life.why)
    }
  }

  @Test func theNewestStopCounts() throws {
    var life = try LifeCycle.reached(.running)
    _ = try life.handle(.stop(timeout: .seconds(100)))
    #expect(try life.handle(.stop(timeout: .seconds(1))).contains(.pressPowerButton))
    _ = try life.handle(.guest(.shutDown))
    #expect(try life.handle(.stop(timeout: .seconds(100))).isEmpty, "the guest has ended by itself")
  }

  @Test func adoptionFindsWhatHappenedMeanwhile() throws {
    for (condition, state) in [
      (GuestCondition.running, State.running), (.paused, .paused), (.shutDown, .stopping), (.panicked, .stopping),
    ] {
      var life = LifeCycle(LifeMemory(state: .running, desired: .on, generation: 1))
      _ = try life.handle(.adopted(condition))
      #expect(life.state == state)
    }
  }
}
