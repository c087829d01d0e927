import Failure
import Life
import Testing

/// A guest that an error of a disk holds.
@Suite struct HoldTests {
  private static let full = Failure(
    .exhausted, operation: "write", object: "/srv/a.img", cause: "the file system of /srv is full", errno: 28)

  private static func held(policy: RestartPolicy = .never) throws -> LifeCycle {
    var life = try LifeCycle.reached(.running, policy: policy)
    _ = try life.handle(.holdExplained(full))
    #expect(life.state == .running && life.why == nil, "it is not so yet")
    #expect(try life.handle(.guest(.held)).isEmpty)
    return life
  }

  @Test(arguments: [RestartPolicy.Kind.never, .onFailure, .always])
  func itIsPausedWithTheReasonWhateverThePolicy(_ kind: RestartPolicy.Kind) throws {
    var life = try Self.held(policy: RestartPolicy(kind))
    #expect(life.state == .paused && life.isHeld && life.why == Self.full && life.desired == .on)
    #expect(try life.handle(.unhealthy(.noAnswer)).isEmpty, "a health check does not end it")
    #expect(life.state == .paused && life.restart == nil)
  }

  @Test func withoutDetailsItStillSaysWhatToDo() throws {
    var life = try LifeCycle.reached(.running)
    _ = try life.handle(.guest(.held))
    #expect(
      life.why?.cause.contains("error of one of its disks") == true && life.why?.remedy.contains("resume") == true)
    _ = try life.handle(.holdExplained(Self.full))
    #expect(life.why == Self.full)
  }

  @Test func resumeGoesOnAndForgetsTheReason() throws {
    var life = try Self.held()
    #expect(try life.handle(.resume).contains(.resume))
    _ = try life.handle(.guest(.running))
    #expect(try life.handle(.answered(attempt: life.attempt, .running)).contains(.setClock))
    #expect(life.state == .running && life.why == nil && !life.isHeld && life.request == nil)
  }

  @Test func aDiskThatIsStillFullHoldsItAgain() throws {
    var life = try Self.held()
    _ = try life.handle(.resume)
    _ = try life.handle(.guest(.running))
    _ = try life.handle(.holdExplained(Self.full))
    _ = try life.handle(.guest(.held))
    #expect(try life.handle(.answered(attempt: life.attempt, .held)) == [.disarm(.step)])
    #expect(life.state == .paused && life.why == Self.full && life.request == nil, "nobody tries for ever")
  }

  @Test func pauseAndRebootOfAHeldGuest() throws {
    var life = try Self.held()
    #expect(try life.handle(.pause).isEmpty, "it stands already")
    let refusal = #expect(throws: Failure.self) { try life.handle(.reboot(hard: false, timeout: .seconds(30))) }
    #expect(refusal?.cause.contains("disk error") == true)
    #expect(try life.handle(.reboot(hard: true, timeout: .zero)).contains(.reset))
    _ = try life.handle(.answered(attempt: life.attempt, .paused))
    _ = try life.handle(.answered(attempt: life.attempt, .running))
    #expect(life.state == .running && life.why == nil)
  }

  @Test func itOutlivesTheSupervisor() throws {
    var life = try Self.held().reborn
    #expect(life.isHeld && life.why == Self.full)
    _ = try life.handle(.adopted(.held))
    #expect(life.isHeld)
    var freed = try Self.held().reborn
    _ = try freed.handle(.adopted(.running))
    #expect(freed.state == .running && freed.why == nil)
  }

  @Test func itCanBeEnded() throws {
    for end in [Event.stop(timeout: .seconds(30)), .kill, .quiesce(timeout: .seconds(30))] {
      var life = try Self.held(policy: RestartPolicy(.always))
      let effects = try life.handle(end)
      #expect(effects.contains(end == .kill ? .kill : .quit))
      #expect(life.cut?.cause.contains("a disk error held it") == (end == .kill ? nil : true))
      _ = try life.handle(.processEnded(.exited(0), words: ""))
      #expect(life.state == .stopped && !life.isHeld)
    }
  }

  @Test func anInternalErrorIsStillAFailure() throws {
    var life = try LifeCycle.reached(.running)
    _ = try life.handle(.guest(.broken))
    _ = try life.handle(.processEnded(.exited(0), words: ""))
    #expect(life.state == .failed && life.why?.cause.contains("internal error") == true)
  }
}
