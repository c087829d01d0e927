import Failure
import Life
import Testing

@Suite struct HealthTests {
  private static let rule = Health.Rule(
    interval: .seconds(10), timeout: .seconds(5), threshold: 3, grace: .seconds(60))

  @Test func failuresInTheGraceDoNotCount() {
    var health = Health(Self.rule)
    for _ in 0..<10 { #expect(health.checked(.noAnswer, age: .seconds(30)) == nil) }
    #expect(health.state == .starting && health.failures == 0 && health.cause == .noAnswer)
    #expect(health.checked(nil, age: .seconds(31)) == .healthy)
    #expect(health.checked(nil, age: .seconds(32)) == nil, "only the edge is told")
    // The first success ends the grace.
    #expect(health.checked(.noAnswer, age: .seconds(33)) == nil)
    #expect(health.failures == 1 && health.state == .healthy)
  }

  @Test func theThresholdIsOfFailuresInARow() {
    var health = Health(Self.rule)
    for failure in [nil, Failure.noAnswer, .noAnswer, nil, .noAnswer, .noAnswer] {
      #expect(health.checked(failure, age: .seconds(100)) != .unhealthy(.noAnswer))
    }
    #expect(health.checked(.noAnswer, age: .seconds(100)) == .unhealthy(.noAnswer))
    #expect(health.state == .unhealthy)
    #expect(health.checked(nil, age: .seconds(100)) == .healthy)
    #expect(health.cause == nil)
  }

  @Test func whatLastsIsToldAgain() {
    var health = Health(Self.rule)
    let told = (0..<9).map { _ in health.checked(.noAnswer, age: .seconds(100)) != nil }
    #expect(told == [false, false, true, false, false, true, false, false, true])
  }

  @Test func unhealthyIsAFailureToThePolicy() throws {
    for kind in [RestartPolicy.Kind.onFailure, .always] {
      var life = try LifeCycle.reached(.running, policy: RestartPolicy(kind))
      #expect(try life.handle(.unhealthy(.noAnswer)).contains(.pressPowerButton))
      #expect(life.state == .stopping && life.unhealthyReason == .noAnswer)
      _ = try life.handle(.guest(.shutDown))
      _ = try life.handle(.processEnded(.exited(0), words: ""))
      #expect(life.state == .failed && life.why?.cause == "it is unhealthy: no answer" && life.unhealthyReason == nil)
      #expect(life.restart?.attempt == 1)
    }
  }

  @Test func withoutAPolicyItIsOnlyReported() throws {
    var life = try LifeCycle.reached(.running)
    #expect(try life.handle(.unhealthy(.noAnswer)).isEmpty)
    #expect(life.state == .running && life.unhealthyReason == .noAnswer)
    _ = try life.handle(.healthy)
    #expect(life.unhealthyReason == nil)
  }

  @Test func aHaltedGuestIsNotRestarted() throws {
    var life = try LifeCycle.reached(.paused, policy: RestartPolicy(.always))
    #expect(try life.handle(.unhealthy(.noAnswer)).isEmpty)
    #expect(life.state == .paused)
  }
}
