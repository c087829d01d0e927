import Failure
import Life
import Testing

/// Pause, resume and reboot.
@Suite struct WishTests {
  @Test func pauseIsWishedUntilTheGuestStands() throws {
    var life = try LifeCycle.reached(.running)
    #expect(try life.handle(.pause) == [.halt, .arm(.rung, after: Ladder.answerPatience)])
    #expect(life.state == .running && life.wish == .pause)
    #expect(try life.handle(.pause).isEmpty, "it is wished already")
    #expect(try life.handle(.timer(.rung)).contains(.halt), "the monitor may have been away")
    #expect(try life.handle(.guest(.paused)).isEmpty)
    #expect(life.state == .paused && life.wish == .pause, "it may have been an earlier pause")
    #expect(try life.handle(.answered(errand: life.errand, .paused)) == [.disarm(.rung)])
    #expect(life.state == .paused && life.wish == nil)
    #expect(try life.handle(.pause).isEmpty, "it is so already")
  }

  @Test func resumeTellsTheGuestTheTime() throws {
    var life = try LifeCycle.reached(.paused)
    #expect(try life.handle(.resume).contains(.resume))
    #expect(try life.handle(.answered(errand: life.errand, .running)).contains(.setClock))
    #expect(life.state == .running && life.wish == nil)
    #expect(try life.handle(.resume).isEmpty, "it is so already")
  }

  @Test func theNewestOfPauseAndResumeCounts() throws {
    var life = try LifeCycle.reached(.running)
    _ = try life.handle(.pause)
    #expect(try life.handle(.resume).contains(.resume))
    #expect(life.wish == .resume)
    #expect(try life.handle(.pause).contains(.halt))
    let earlier = life.errand - 1
    #expect(try life.handle(.answered(errand: earlier, .running)).isEmpty)
    #expect(life.wish == .pause, "what was done for an earlier wish does not settle this one")
  }

  @Test func rebootClimbsToTheResetButton() throws {
    var life = try LifeCycle.reached(.running)
    _ = try life.handle(.agent(connected: true))
    var climbed = try life.handle(.reboot(hard: false, timeout: .seconds(30))).filter { !$0.isTimer }
    for _ in 0..<7 { climbed += try life.handle(.timer(.rung)).filter { !$0.isTimer } }
    let asked: [Effect] = [.askAgentToReboot, .pressPowerButton]
    #expect(
      climbed == [.askAgentToReboot, .askAgentToReboot, .askAgentToReboot] + asked + asked + asked + [.reset, .reset])
    #expect(try life.handle(.guestReset).isEmpty, "now the answer counts")
    #expect(try life.handle(.answered(errand: life.errand, .running)) == [.disarm(.rung)])
    #expect(life.state == .running && life.wish == nil)
  }

  @Test func aGuestThatObeysIsRebooted() throws {
    var life = try LifeCycle.reached(.running)
    _ = try life.handle(.reboot(hard: false, timeout: .seconds(30)))
    #expect(try life.handle(.guestReset) == [.disarm(.rung)])
    #expect(life.state == .running && life.wish == nil)
    #expect(try life.handle(.guestReset).isEmpty, "q35 says it several times")
  }

  @Test func aRebootThatPowersOffIsSwitchedOnAgain() throws {
    var life = try LifeCycle.reached(.running)
    _ = try life.handle(.reboot(hard: false, timeout: .seconds(30)))
    #expect(try life.handle(.guest(.shutDown)).contains(.reset))
    #expect(try life.handle(.guest(.shutDown)).isEmpty, "the same end, told twice")
    #expect(
      try life.handle(.answered(errand: life.errand, .paused)).contains(.resume),
      "what stood still does so after the reset")
    #expect(try life.handle(.guest(.shutDown)).isEmpty, "told late")
    #expect(life.state == .running, "to those who look on it runs all the time")
    _ = try life.handle(.answered(errand: life.errand, .running))
    #expect(life.state == .running && life.wish == nil && life.desired == .on)
  }

  @Test func aHaltedGuestIsOnlyRebootedHard() throws {
    var life = try LifeCycle.reached(.paused)
    let refusal = #expect(throws: Failure.self) { try life.handle(.reboot(hard: false, timeout: .seconds(30))) }
    #expect(refusal?.cure.contains("resume it first") == true)
    #expect(try life.handle(.reboot(hard: true, timeout: .zero)).contains(.reset))
    _ = try life.handle(.answered(errand: life.errand, .paused))
    _ = try life.handle(.answered(errand: life.errand, .running))
    #expect(life.state == .running && life.wish == nil)
  }

  @Test func aRebootIsNotPaused() throws {
    var life = try LifeCycle.reached(.running)
    _ = try life.handle(.reboot(hard: false, timeout: .seconds(30)))
    let refusal = #expect(throws: Failure.self) { try life.handle(.pause) }
    #expect(refusal?.cause == "it is being rebooted")
    #expect(try life.handle(.stop(timeout: .seconds(30))).contains(.pressPowerButton), "but it can be stopped")
  }

  @Test(arguments: [State.pending, .starting, .stopping, .stopped, .failed])
  func whatHasNoGuestIsRefusedWithACure(_ state: State) throws {
    for wish in [Event.pause, .resume, .reboot(hard: true, timeout: .zero)] {
      var life = try LifeCycle.reached(state)
      let refusal = #expect(throws: Failure.self) { try life.handle(wish) }
      #expect(refusal?.code == .state && refusal?.cure.isEmpty == false)
    }
  }

  @Test func wishesOutliveUs() throws {
    for wish in [Event.pause, .reboot(hard: false, timeout: .seconds(30))] {
      var life = try LifeCycle.reached(.running)
      let effects = try life.handle(wish)
      var later = life.reborn
      #expect(try later.handle(.adopted(.running)).contains(effects[0]))
    }
    var life = try LifeCycle.reached(.running)
    _ = try life.handle(.stop(timeout: .seconds(30)))
    var memory = life.memory
    memory.wish = .stop(timeout: .seconds(3))
    var later = LifeCycle(memory)
    let effects = try later.handle(.adopted(.running))
    #expect(effects.contains(.arm(.rung, after: .milliseconds(500))), "a sixth of what is left: \(effects)")
    memory.wish = .stop(timeout: .zero)
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
