public import Failure

/// What can happen to a VM: a request of its owner, or something that was seen.
public enum Event: Hashable, Sendable {
  // Requests.
  /// Run it.
  case start
  /// End it gently, and in any case within `timeout`.
  case stop(timeout: Duration)
  /// Ask the guest to power off, and do no more than that: one that has not in `timeout` runs on, and is wanted as before.
  case shutdown(timeout: Duration)
  /// End it at once.
  case kill
  /// End it as `stop` does because the host goes down. What is wanted of it stays: it counts when the host is up again.
  case quiesce(timeout: Duration)
  /// Halt the guest with its memory kept.
  case pause
  /// Let a halted guest go on.
  case resume
  /// Start the guest again in the same process: ask it to, and press the reset button when `timeout` is over; `hard` does
  /// so at once.
  case reboot(hard: Bool, timeout: Duration)

  // Observations of a start.
  /// The hypervisor answers on its monitor and says how the guest is.
  case monitorReady(GuestCondition)
  /// A step before that failed; nothing of the attempt is left but, perhaps, the process.
  case startFailed(Failure)

  // Observations of the guest, from the monitor.
  /// The guest's condition changed, or was read back after a restart of ours.
  case guest(GuestCondition)
  /// Why it is held, or will be: told before the condition, or after it when it is found out late.
  case holdExplained(Failure)
  /// The hypervisor has carried out an effect of that attempt, and the guest's condition since.
  case answered(attempt: UInt64, GuestCondition)
  /// The machine was reset, by the guest or by us. May come several times for one reset.
  case guestReset
  /// The guest agent's port was opened or closed by the guest.
  case agent(connected: Bool)
  /// The hypervisor announced that it ends because of a signal or a quit that was not ours.
  case hypervisorLeaving

  // Observations of the health check.
  /// The guest does what it is there for.
  case healthy
  /// It has failed its check as often in a row as its threshold says. Repeated while that lasts.
  case unhealthy(Failure)

  // Observations of the process.
  /// The hypervisor process is gone; `words` are the last it wrote to its log, if any.
  case processEnded(HowEnded, words: String)
  /// The process of an earlier life of ours was found alive, with its guest in this condition.
  case adopted(GuestCondition)
  /// An earlier life of ours left this VM without a process, and there is none.
  case recovered(hostRestarted: Bool)
  /// A timer armed by an effect has run out.
  case timer(TimerKind)
}

/// What the monitor says about the guest.
public enum GuestCondition: String, CaseIterable, Codable, Sendable {
  /// It runs.
  case running
  /// It has put itself to sleep, its memory kept (ACPI S3), and can be woken.
  case suspended
  /// It is halted and can go on.
  case paused
  /// It is halted because a disk could not be read or written, and can go on when that is mended.
  case held
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
  /// For a reason that somebody knows better than the status tells.
  case explained(Failure)
  /// Somebody else reaped it, or it was gone before we looked.
  case unknown
  /// With the host, which has been started again since.
  case hostRestarted
  /// It has not ended as far as anybody knows: something still holds the VM's lock, but nobody can tell what it is.
  case unidentified
}
