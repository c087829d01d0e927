import Failure
import Life
import Testing

/// Guests that do not obey, and what is said of it.
@Suite struct PowerCutTests {
  /// Lets time pass until the guest is no longer asked.
  private static func runOut(_ life: inout LifeCycle) throws {
    for _ in 0..<1000 where life.cut == nil { _ = try life.handle(.timer(.step)) }
  }

  @Test(arguments: [Event.stop(timeout: .seconds(30)), .quiesce(timeout: .seconds(60))])
  func whoDoesNotObeyIsSaidToHaveBeenCut(_ request: Event) throws {
    var life = try LifeCycle.reached(.running)
    _ = try life.handle(request)
    #expect(life.cut == nil)
    try Self.runOut(&life)
    #expect(life.cut?.code == .timeout && life.cut?.cause.contains("its power was cut") == true)
    _ = try life.handle(.processEnded(.exited(0), words: ""))
    #expect(life.state == .stopped && life.cut != nil)
    #expect(life.reborn.cut == life.cut, "it outlives us")
    _ = try life.handle(.start)
    #expect(life.cut == nil, "that was another run")
  }

  @Test func whoObeysIsNot() throws {
    for request in [Event.stop(timeout: .seconds(30)), .quiesce(timeout: .seconds(60))] {
      var life = try LifeCycle.reached(.running)
      _ = try life.handle(request)
      _ = try life.handle(.timer(.step))
      _ = try life.handle(.guest(.shutDown))
      for _ in 0..<3 { _ = try life.handle(.timer(.step)) }
      _ = try life.handle(.processEnded(.exited(0), words: ""))
      #expect(life.state == .stopped && life.cut == nil)
    }
  }

  @Test func aKillIsWhatItsOwnerAskedFor() throws {
    for state in [State.running, .paused, .stopping, .starting] {
      var life = try LifeCycle.reached(state)
      _ = try life.handle(.kill)
      _ = try life.handle(.processEnded(.signalled(9), words: ""))
      #expect(life.state == .stopped && life.cut == nil)
    }
    var late = try LifeCycle.reached(.stopping)
    try Self.runOut(&late)
    _ = try late.handle(.kill)
    #expect(late.cut != nil, "it had been cut before")
  }

  @Test func aPausedGuestHearsNothing() throws {
    for request in [Event.stop(timeout: .seconds(30)), .quiesce(timeout: .seconds(60))] {
      var life = try LifeCycle.reached(.paused)
      _ = try life.handle(request)
      #expect(life.cut?.cause.hasPrefix("it was paused") == true)
    }
    var meanwhile = try LifeCycle.reached(.stopping)
    _ = try meanwhile.handle(.guest(.paused))
    #expect(meanwhile.cut?.cause.hasPrefix("it was paused") == true)
  }

  @Test func aRebootThatComesToTheResetButton() throws {
    var life = try LifeCycle.reached(.running)
    _ = try life.handle(.reboot(hard: false, timeout: .seconds(30)))
    try Self.runOut(&life)
    #expect(life.cut?.cause.contains("its reset button was pressed") == true)
    _ = try life.handle(.answered(attempt: life.attempt, .running))
    #expect(life.state == .running && life.cut != nil)
    _ = try life.handle(.reboot(hard: true, timeout: .zero))
    #expect(life.cut == nil, "a hard one asks nobody")
  }

  @Test func anUnhealthyGuest() throws {
    var life = try LifeCycle.reached(.running, policy: RestartPolicy(.onFailure))
    _ = try life.handle(.unhealthy(.noAnswer))
    try Self.runOut(&life)
    #expect(life.why?.cause.contains("unhealthy") == true && life.cut?.cause.contains("its power was cut") == true)
  }

  @Test func aDeadlineThatPassesWhileNobodyLooks() throws {
    for (condition, isCut) in [
      (GuestCondition.running, true), (.paused, true), (.held, true), (.shutDown, false), (.panicked, false),
    ] {
      var memory = try LifeCycle.reached(.stopping).memory
      memory.request = .stop(timeout: .zero)
      var life = LifeCycle(memory)
      #expect(try life.handle(.adopted(condition)).contains(.quit))
      #expect((life.cut != nil) == isCut, "\(condition)")
    }
    var memory = try LifeCycle.reached(.running).memory
    memory.request = .reboot(hard: false, timeout: .zero)
    var life = LifeCycle(memory)
    #expect(try life.handle(.adopted(.running)).contains(.reset) && life.cut != nil)
  }

  // MARK: requests

  @Test(arguments: [1, 6, 30, 60, 600, 3600])
  func requestsAreRepeatedUntilTimeIsUp(_ seconds: Int) throws {
    for agent in [true, false] {
      for (escalation, last) in [
        (Escalation.stop(timeout: .seconds(seconds), agent: agent), Effect.quit),
        (Escalation.reboot(timeout: .seconds(seconds), agent: agent), .reset),
      ] {
        let asked = escalation.steps.prefix { $0.effects != [last] }
        #expect(asked.first?.at == .zero)
        for (one, next) in zip(asked, escalation.steps.dropFirst()) {
          #expect(next.at > one.at && next.at - one.at <= Escalation.longestPause)
        }
        #expect(asked.last?.effects.contains(.pressPowerButton) == true)
        #expect(escalation.steps.first { $0.effects == [last] }?.at == .seconds(seconds))
      }
    }
  }

  @Test func anImmenseTimeTakesNoMemory() throws {
    var life = try LifeCycle.reached(.running)
    _ = try life.handle(.stop(timeout: .seconds(Int64(UInt32.max))))
    for _ in 0..<1000 { #expect(try life.handle(.timer(.step)).contains(.pressPowerButton)) }
    #expect(Escalation.stop(timeout: .seconds(Int64(UInt32.max)), agent: true).steps.last?.effects == [.kill])
  }

  @Test func anAgentThatComesLateIsAskedAtOnce() throws {
    for (request, question) in [
      (Event.stop(timeout: .seconds(30)), Effect.askAgent), (.quiesce(timeout: .seconds(30)), .askAgent),
      (.reboot(hard: false, timeout: .seconds(30)), .askAgentToReboot),
    ] {
      var life = try LifeCycle.reached(.running)
      #expect(try !life.handle(request).contains(question), "there is none")
      #expect(try life.handle(.agent(connected: true)) == [question])
      #expect(try life.handle(.agent(connected: true)).isEmpty, "the same one")
      #expect(try life.handle(.timer(.step)).contains(question), "and again, should it not have heard")
      _ = try life.handle(.agent(connected: false))
      #expect(try !life.handle(.timer(.step)).contains(question))
    }
    var idle = try LifeCycle.reached(.running)
    #expect(try idle.handle(.agent(connected: true)).isEmpty, "nothing is requested of it")
  }
}
