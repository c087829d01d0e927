public import Failure

/// What can happen to a VM: a wish of its owner, or something that was seen.
public enum Event: Hashable, Sendable {
  // Wishes.
  /// Run it.
  case start
  /// End it gently, and in any case within `timeout`.
  case stop(timeout: Duration)
  /// End it at once.
  case kill

  // Observations of a start.
  /// The hypervisor answers on its monitor and says how the guest is.
  case monitorReady(GuestCondition)
  /// A step before that failed; nothing of the attempt is left but, perhaps, the process.
  case startFailed(Failure)

  // Observations of the guest, from the monitor.
  /// The guest's condition changed, or was read back after a restart of ours.
  case guest(GuestCondition)
  /// The guest agent's port was opened or closed by the guest.
  case agent(connected: Bool)
  /// The hypervisor announced that it ends because of a signal or a quit that was not ours.
  case hypervisorLeaving

  // Observations of the process.
  /// The hypervisor process is gone; `words` are the last it wrote to its log, if any.
  case processEnded(HowEnded, words: String)
  /// The process of an earlier life of ours was found alive, with its guest in this condition.
  case adopted(GuestCondition)
  /// A timer armed by an effect has run out.
  case timer(TimerKind)
}

/// What the monitor says about the guest.
public enum GuestCondition: String, CaseIterable, Codable, Sendable {
  /// It runs.
  case running
  /// It is halted and can go on.
  case paused
  /// It has switched itself off.
  case shutDown
  /// Its kernel has panicked.
  case panicked
  /// The hypervisor stopped it after an error of its own.
  case broken
}

/// How a hypervisor process ended, as far as anybody can know.
public enum HowEnded: Hashable, Sendable {
  /// With this exit status.
  case exited(Int32)
  /// By this signal.
  case signalled(Int32)
  /// Somebody else reaped it, or it was gone before we looked.
  case unknown
  /// It has not ended as far as anybody knows: something still holds the VM's lock, but nobody can tell what it is.
  case unidentified
}

/// Timers of a life cycle; one of each kind at most.
public enum TimerKind: String, CaseIterable, Sendable {
  /// The start takes too long.
  case start
  /// Next rung of the stop ladder.
  case rung
}

/// What has to be done now. Effects are idempotent: doing one twice is harmless.
public enum Effect: Hashable, Sendable {
  /// Prepare and start a hypervisor when its turn has come, arm the timer `start` then, and report `monitorReady` or
  /// `startFailed`.
  case launch
  /// Ask the guest agent to shut the guest down.
  case askAgent
  /// Press the power button (ACPI).
  case pressPowerButton
  /// Tell the hypervisor to quit.
  case quit
  /// Send SIGKILL to the hypervisor.
  case kill
  /// Give back what the ended process held: ports, sockets, descriptors.
  case cleanUp
  /// Run the timer of this kind anew.
  case arm(TimerKind, after: Duration)
  /// Forget the timer of this kind.
  case disarm(TimerKind)
}
