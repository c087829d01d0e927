import Failure
import Life
import Testing

/// Guests that are asked to power off, and are not made to.
@Suite struct ShutdownTests {
  private static let request = Event.shutdown(timeout: .seconds(30))

  private static func asked(_ policy: RestartPolicy = .never) throws -> LifeCycle {
    var life = try LifeCycle.reached(.running, policy: policy)
    let effects = try life.handle(request)
    #expect(effects.contains(.pressPowerButton) && life.state == .running && life.desired == .on)
    return life
  }

  /// Whatever time does: nothing ends it.
  @Test func whoDoesNotObeyRunsOn() throws {
    var life = try Self.asked()
    for _ in 0..<1000 {
      let effects = try life.handle(.timer(.step))
      #expect(!effects.contains(.quit) && !effects.contains(.kill) && !effects.contains(.reset))
    }
    #expect(life.state == .running && life.desired == .on && life.request == nil)
    #expect(life.cut?.code == .timeout && life.cut?.cause.contains("nothing was done to it") == true)
    var late = life
    // Without a restart policy a guest may switch itself off whenever it wants.
    _ = try late.handle(.guest(.shutDown))
    #expect(late.state == .stopping && late.memory.ending == .stopped)
    _ = try life.handle(Self.request)
    #expect(life.cut == nil, "that was another request")
  }

  @Test(arguments: [RestartPolicy.never, RestartPolicy(.onFailure), RestartPolicy(.always)])
  func whoObeysIsOff(_ policy: RestartPolicy) throws {
    var life = try Self.asked(policy)
    _ = try life.handle(.timer(.step))
    _ = try life.handle(.guest(.shutDown))
    #expect(life.desired == .off && life.state == .stopping)
    _ = try life.handle(.processEnded(.exited(0), words: ""))
    #expect(life.state == .stopped && life.cut == nil && life.why == nil && life.restart == nil)
  }

  @Test func whoEndsInAnotherWayIsOffToo() throws {
    var life = try Self.asked(RestartPolicy(.always))
    _ = try life.handle(.processEnded(.signalled(9), words: ""))
    #expect(life.state == .failed && life.desired == .off && life.restart == nil)
    life = try Self.asked(RestartPolicy(.always))
    _ = try life.handle(.guest(.panicked))
    _ = try life.handle(.processEnded(.exited(0), words: ""))
    #expect(life.state == .failed && life.desired == .off)
    // Nobody was answered when the host went down.
    life = try Self.asked(RestartPolicy(.always))
    _ = try life.handle(.processEnded(.hostRestarted, words: ""))
    #expect(life.desired == .on && life.restart != nil)
  }

  @Test func noTimeIsOneQuestion() throws {
    var life = try LifeCycle.reached(.running)
    let effects = try life.handle(.shutdown(timeout: .zero))
    #expect(effects.contains(.pressPowerButton) && effects.contains(.arm(.step, after: .zero)))
    #expect(try !life.handle(.timer(.step)).contains(.pressPowerButton))
    #expect(life.state == .running && life.cut != nil && life.request == nil)
  }

  /// A supervisor that is started again asks on while there is time, and does nothing when there is none.
  @Test func itOutlivesUs() throws {
    var life = try Self.asked().reborn
    #expect(try life.handle(.adopted(.running)).contains(.pressPowerButton))
    for (left, condition) in [(Duration.zero, GuestCondition.running), (.seconds(5), .paused)] {
      var memory = try Self.asked().memory
      memory.request = .shutdown(timeout: left)
      var late = LifeCycle(memory)
      let effects = try late.handle(.adopted(condition))
      #expect(!effects.contains(.quit) && !effects.contains(.kill) && !effects.contains(.pressPowerButton))
      #expect(late.request == nil && late.cut != nil && late.state.hasProcess && late.desired == .on)
    }
  }

  @Test func whoCannotBeAskedIsNot() throws {
    for state in [State.starting, .paused] {
      var life = try LifeCycle.reached(state)
      let before = life
      let refusal = #expect(throws: Failure.self) { try life.handle(Self.request) }
      #expect(refusal?.code == .state && refusal?.remedy.contains("ForceStopVM") == true)
      #expect(life == before)
    }
    for request in [Event.pause, .reboot(hard: true, timeout: .zero)] {
      var life = try LifeCycle.reached(.running)
      _ = try life.handle(request)
      #expect(throws: Failure.self) { try life.handle(Self.request) }
    }
    for state in [State.pending, .stopped, .failed] {
      var life = try LifeCycle.reached(state)
      _ = try life.handle(Self.request)
      #expect(life.state == state && life.desired == .off)
    }
    var ending = try LifeCycle.reached(.stopping)
    #expect(try ending.handle(Self.request).isEmpty)
    #expect(ending.desired == .off, "who is told that it is off must not find it started again")
  }

  /// Whatever ends it while it is being asked, it is off for whoever asked.
  @Test func whatEndsMeanwhileStaysOff() throws {
    var life = try Self.asked(RestartPolicy(.always))
    _ = try life.handle(.hypervisorLeaving)
    _ = try life.handle(.processEnded(.exited(0), words: ""))
    #expect(!life.state.hasProcess && life.desired == .off && life.restart == nil)
    // Its health ends it, and only then somebody asks.
    life = try LifeCycle.reached(.running, policy: RestartPolicy(.always))
    _ = try life.handle(.unhealthy(.noAnswer))
    #expect(life.state == .stopping)
    _ = try life.handle(Self.request)
    _ = try life.handle(.processEnded(.exited(0), words: ""))
    #expect(!life.state.hasProcess && life.desired == .off && life.restart == nil)
  }

  /// One that has put itself to sleep runs on, hears nothing, and is not judged by its health.
  @Test func whoSleepsIsWoken() throws {
    var life = try LifeCycle.reached(.running, policy: RestartPolicy(.always))
    #expect(try life.handle(.guest(.suspended)).isEmpty)
    #expect(life.state == .running && life.isSuspended)
    #expect(try life.handle(.unhealthy(.noAnswer)).isEmpty && life.state == .running)
    #expect(try life.handle(.resume) == [.wake])
    #expect(throws: Failure.self) { try life.handle(.pause) }
    let refusal = #expect(throws: Failure.self) { try life.handle(Self.request) }
    #expect(refusal?.remedy.contains("ResumeVM") == true && life.isSuspended, "until it is seen to run")
    _ = try life.handle(.guest(.running))
    _ = try life.handle(Self.request)
    #expect(!life.isSuspended && life.request?.isShutdown == true)
    var found = try LifeCycle.reached(.running).reborn
    _ = try found.handle(.adopted(.suspended))
    #expect(found.isSuspended && found.state == .running)
    _ = try found.handle(.processEnded(.signalled(9), words: ""))
    #expect(!found.isSuspended)
    var held = try LifeCycle.reached(.paused)
    _ = try held.handle(.guest(.suspended))
    #expect(held.state == .running, "somebody has let it go on, and it sleeps")
  }

  @Test func anotherRequestTakesItsPlace() throws {
    var life = try Self.asked()
    #expect(try life.handle(.kill).contains(.kill))
    life = try Self.asked()
    _ = try life.handle(.stop(timeout: .seconds(5)))
    #expect(life.state == .stopping && life.desired == .off)
    life = try Self.asked()
    #expect(try life.handle(.pause).contains(.halt))
  }
}
