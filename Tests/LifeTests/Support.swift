import Failure
import Life
import Testing

extension LifeCycle {
  /// Without jitter: the longest pauses.
  mutating func handle(_ event: Event) throws(Failure) -> [Effect] { try handle(event, jitter: 1) }

  /// A life cycle that has come to `state` by ordinary events.
  static func reached(_ state: State, policy: RestartPolicy = .never) throws -> LifeCycle {
    var life = LifeCycle(policy: policy)
    if state == .pending { return life }
    _ = try life.handle(.start)
    if state == .starting { return life }
    _ = try life.handle(.monitorReady(.running))
    switch state {
    case .running: break
    case .paused: _ = try life.handle(.guest(.paused))
    case .stopping: _ = try life.handle(.stop(timeout: .seconds(30)))
    case .stopped:
      _ = try life.handle(.kill)
      _ = try life.handle(.processEnded(.signalled(9), words: ""))
    case .failed: _ = try life.handle(.processEnded(.signalled(11), words: "boom"))
    default: Issue.record("no way to \(state)")
    }
    return life
  }

  /// The life after ours: only the memory is left.
  var reborn: LifeCycle { LifeCycle(memory, policy: policy) }
}

extension Effect {
  var isTimer: Bool {
    switch self {
    case .arm, .disarm: true
    default: false
    }
  }
}

extension Failure {
  static let noAnswer = Failure(.timeout, operation: "check health", cause: "no answer", remedy: "look at its console")
}
