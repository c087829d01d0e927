import Failure
import Life
import Testing

/// The host goes down.
@Suite struct QuiesceTests {
  @Test(arguments: [RestartPolicy.Kind.never, .onFailure, .always])
  func aGuestPowersOffAndWhatIsWantedStays(_ kind: RestartPolicy.Kind) throws {
    var life = try LifeCycle.reached(.running, policy: RestartPolicy(kind))
    #expect(try life.handle(.quiesce(timeout: .seconds(60))).contains(.pressPowerButton))
    #expect(life.state == .stopping && life.desired == .on)
    #expect(try life.handle(.guest(.shutDown)).contains(.quit))
    let effects = try life.handle(.processEnded(.exited(0), words: ""))
    #expect(effects.contains(.cleanUp) && life.restart == nil, "nothing is started on a host that goes down")
    #expect(life.state == .stopped && life.desired == .on && life.why?.cause == "the host goes down")

    life = life.reborn
    let after = try life.handle(.recovered(hostRestarted: true))
    #expect(after.contains { if case .arm(.restart, _) = $0 { true } else { false } } == (kind != .never))
    #expect(life.restart?.attempt == (kind == .never ? nil : 0), "it was not its fault")
  }

  @Test func theSupervisorAloneStartsNothing() throws {
    var life = try LifeCycle.reached(.running, policy: RestartPolicy(.always))
    _ = try life.handle(.quiesce(timeout: .seconds(60)))
    life = life.reborn
    _ = try life.handle(.processEnded(.unknown, words: ""))
    #expect(life.state == .stopped && life.restart == nil)
    life = life.reborn
    #expect(try life.handle(.recovered(hostRestarted: false)).isEmpty)
    #expect(try life.handle(.start).contains(.launch), "its owner does")
  }

  @Test func oneThatTheHostTookMeanwhileStartsWithIt() throws {
    var life = try LifeCycle.reached(.running, policy: RestartPolicy(.onFailure))
    _ = try life.handle(.quiesce(timeout: .seconds(60)))
    life = life.reborn
    _ = try life.handle(.processEnded(.hostRestarted, words: ""))
    #expect(life.restart?.attempt == 0)
  }

  @Test func whoeverIsOffStaysOff() throws {
    for state in [State.pending, .stopped, .failed, .stopping] {
      var life = try LifeCycle.reached(state)
      let before = life.memory
      #expect(try life.handle(.quiesce(timeout: .seconds(60))).isEmpty && life.memory == before)
    }
    var waiting = try LifeCycle.reached(.failed, policy: RestartPolicy(.always))
    #expect(try waiting.handle(.quiesce(timeout: .seconds(60))) == [.disarm(.restart)])
    #expect(waiting.restart != nil, "it is to come when the host is up")
  }

  @Test func anOwnerCanStillStopIt() throws {
    var life = try LifeCycle.reached(.running, policy: RestartPolicy(.always))
    _ = try life.handle(.quiesce(timeout: .seconds(60)))
    _ = try life.handle(.stop(timeout: .seconds(30)))
    _ = try life.handle(.processEnded(.exited(0), words: ""))
    #expect(life.state == .stopped && life.desired == .off)
    life = life.reborn
    #expect(try life.handle(.recovered(hostRestarted: true)).isEmpty)
  }
}
