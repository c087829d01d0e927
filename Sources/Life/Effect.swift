/// What has to be done now. Effects are idempotent: doing one twice is harmless.
public enum Effect: Hashable, Sendable {
  /// Prepare and start a hypervisor when its turn has come, arm the timer `start` then, and report `monitorReady` or
  /// `startFailed`.
  case launch
  /// Ask the guest agent to shut the guest down.
  case askAgent
  /// Ask the guest agent to start the guest again.
  case askAgentToReboot
  /// Press the power button (ACPI).
  case pressPowerButton
  /// Press the reset button; then report `answered`, with the attempt of now.
  case reset
  /// Halt the guest; then report `answered`.
  case halt
  /// Let the guest go on; then report `answered`.
  case resume
  /// Wake a guest that sleeps.
  case wake
  /// Tell the guest the time: it has stood still.
  case setClock
  /// Tell the hypervisor to quit.
  case quit
  /// Send SIGKILL to the hypervisor.
  case kill
  /// Give back what the ended process held: ports, sockets, descriptors.
  case cleanUp
  /// Run the timer of this kind again.
  case arm(TimerKind, after: Duration)
  /// Forget the timer of this kind.
  case disarm(TimerKind)
}

extension Effect {
  /// Whether `answered` reports it.
  var isAnswered: Bool { self == .reset || self == .halt || self == .resume }

  /// Whether it needs an agent that listens.
  var isForAgent: Bool { self == .askAgent || self == .askAgentToReboot }
}

/// Timers of a life cycle; one of each kind at most.
public enum TimerKind: String, CaseIterable, Sendable {
  /// The start takes too long.
  case start
  /// Next step of the escalation.
  case step
  /// The pause before the next automatic start is over.
  case restart
  /// It has run long enough for its automatic starts to be counted again.
  case steady
}
