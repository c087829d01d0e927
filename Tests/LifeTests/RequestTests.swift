import Failure
import Life
import Testing

/// Pause, resume and reboot.
@Suite struct RequestTests {
  @Test func pauseIsRequestedUntilTheGuestStands() throws {
    var life = try LifeCycle.reached(.running)
    #expect(try life.handle(.pause) == [.halt, .arm(.step, after: Escalation.answerTimeout)])
    #expect(life.state == .running && life.request == .pause)
    #expect(try life.handle(.pause).isEmpty, "it is requested already")
    #expect(try life.handle(.timer(.step)).contains(.halt), "the monitor may have been away")
    #expect(try life.handle(.guest(.paused)).isEmpty)
    #expect(life.state == .paused && life.request == .pause, "it may have been an earlier pause")
    #expect(try life.handle(.answered(attempt: life.attempt, .paused)) == [.disarm(.step)])
    #expect(life.state == .paused && life.request == nil)
    #expect(try life.handle(.pause).isEmpty, "it is so already")
  }

  @Test func resumeTellsTheGuestTheTime() throws {
    var life = try LifeCycle.reached(.paused)
    #expect(try life.handle(.resume).contains(.resume))
    #expect(try life.handle(.answered(attempt: life.attempt, .running)).contains(.setClock))
    #expect(life.state == .running && life.request == nil)
    #expect(try life.handle(.resume).isEmpty, "it is so already")
  }

  @Test func theNewestOfPauseAndResumeCounts() throws {
    var life = try LifeCycle.reached(.running)
    _ = try life.handle(.pause)
    #expect(try life.handle(.resume).contains(.resume))
    #expect(life.request == .resume)
    #expect(try life.handle(.pause).contains(.halt))
    let earlier = life.attempt - 1
    #expect(try life.handle(.answered(attempt: earlier, .running)).isEmpty)
    #expect(life.request == .pause, "what was done for an earlier request does not settle this one")
  }

  @Test func rebootClimbsToTheResetButton() throws {
    var life = try LifeCycle.reached(.running)
    _ = try life.handle(.agent(connected: true))
    var climbed = try life.handle(.reboot(hard: false, timeout: .seconds(30))).filter { !$0.isTimer }
    for _ in 0..<7 { climbed += try life.handle(.timer(.step)).filter { !$0.isTimer } }
    let asked: [Effect] = [.askAgentToReboot, .pressPowerButton]
    #expect(
      climbed == [.askAgentToReboot, .askAgentToReboot, .askAgentToReboot] + asked + asked + asked + [.reset, .reset])
    #expect(try life.handle(.guestReset).isEmpty, "now the answer counts")
    #expect(try life.handle(.answered(attempt: life.attempt, .running)) == [.disarm(.step)])
    #expect(life.state == .running && life.request == nil)
  }

  @Test func aGuestThatObeysIsRebooted() throws {
    var life = try LifeCycle.reached(.running)
    _ = try life.handle(.reboot(hard: false, timeout: .seconds(30)))
    #expect(try life.handle(.guestReset) == [.disarm(.step)])
    #expect(life.state == .running && life.request == nil)
    #expect(try life.handle(.guestReset).isEmpty, "q35 says it several times")
  }

  @Test func aRebootThatPowersOffIsSwitchedOnAgain() throws {
    var life = try LifeCycle.reached(.running)
    _ = try life.handle(.reboot(hard: false, timeout: .seconds(30)))
    #expect(try life.handle(.guest(.shutDown)).contains(.reset))
    #expect(try life.handle(.guest(.shutDown)).isEmpty, "the same end, told twice")
    #expect(
      try life.handle(.answered(attempt: life.attempt, .paused)).contains(.resume),
      "what stood still does so after the reset")
    #expect(try life.handle(.guest(.shutDown)).isEmpty, "told late")
    #expect(life.state == .running, "to those who look on it runs all the time")
    _ = try life.handle(.answered(attempt: life.attempt, .running))
    #expect(life.state == .running && life.request == nil && life.desired == .on)
  }

  @Test func aHaltedGuestIsOnlyRebootedHard() throws {
    var life = try LifeCycle.reached(.paused)
    let refusal = #expect(throws: Failure.self) { try life.handle(.reboot(hard: false, timeout: .seconds(30))) }
    #expect(refusal?.remedy.contains("resume it first") == true)
    #expect(try life.handle(.reboot(hard: true, timeout: .zero)).contains(.reset))
    _ = try life.handle(.answered(attempt: life.attempt, .paused))
    _ = try life.handle(.answered(attempt: life.attempt, .running))
    #expect(life.state == .running && life.request == nil)
  }

  @Test func aRebootIsNotPaused() throws {
    var life = try LifeCycle.reached(.running)
    _ = try life.handle(.reboot(hard: false, timeout: .seconds(30)))
    let refusal = #expect(throws: Failure.self) { try life.handle(.pause) }
    #expect(refusal?.cause == "it is being rebooted")
    #expect(try life.handle(.stop(timeout: .seconds(30))).contains(.pressPowerButton), "but it can be stopped")
  }

  @Test(arguments: [State.pending, .starting, .stopping, .stopped, .failed])
  func whatHasNoGuestIsRefusedWithARemedy(_ state: State) throws {
    for request in [Event.pause, .resume, .reboot(hard: true, timeout: .zero)] {
      var life = try LifeCycle.reached(state)
      let refusal = #expect(throws: Failure.self) { try life.handle(request) }
      #expect(refusal?.code == .state && refusal?.remedy.isEmpty == false)
    }
  }

  @Test func requestsOutliveUs() throws {
    for request in [Event.pause, .reboot(hard: false, timeout: .seconds(30))] {
      var life = try LifeCycle.reached(.running)
      let effects = try life.handle(request)
      var later = life.reborn
      #expect(try later.handle(.adopted(.running)).contains(effects[0]))
    }
    var life = try LifeCycle.reached(.running)
    _ = try life.handle(.stop(timeout: .seconds(30)))
    var memory = life.memory
    memory.request = .stop(timeout: .seconds(3))
    var later = LifeCycle(memory)
    let effects = try later.handle(.adopted(.running))
    #expect(effects.contains(.arm(.step, after: .milliseconds(500))), "a sixth of what is left: \(effects)")
    memory.request = .stop(timeout: .zero)
    later = LifeCycle(memory)
    #expect(try later.handle(.adopted(.running)).contains(.quit), "the deadline has passed")
  }

  @Test func whatIsHaltedWhileStoppingIsEnded() throws {
    var life = try LifeCycle.reached(.running)
    _ = try life.handle(.pause)
    _ = try life.handle(.stop(timeout: .seconds(30)))
    #expect(try life.handle(.guest(.paused)).contains(.quit))
  }
}
