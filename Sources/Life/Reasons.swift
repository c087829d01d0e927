import Failure

/// Why a VM ended, in words.
extension LifeCycle {
  /// The remedy of who does not know more than the hypervisor's log does. In `explain` it has other words.
  public static let seeLog = "see the end of the hypervisor's log: vmsupervisor explain VM"

  static let panic = Failure(
    .system, part: .state, operation: "keep running", cause: "the guest's kernel panicked",
    remedy: "see the last console lines: vmsupervisor logs VM")

  static let breakdown = Failure(
    .system, part: .hypervisor, operation: "keep running",
    cause: "the hypervisor stopped the guest after an internal error", remedy: seeLog)

  static let hold = Failure(
    .system, part: .disk, operation: "use a disk",
    cause: "an error of one of its disks holds the guest; its memory is kept",
    remedy: "see to the file systems of its images, then let it go on: vmsupervisor resume VM")

  static let powerCut = Failure(
    .timeout, part: .state, operation: "power off",
    cause: "the guest did not obey in the time that it had, so its power was cut",
    remedy:
      "see whether it hears the power button or runs an agent (vmsupervisor explain VM), or give it longer: "
      + "vmsupervisor stop --timeout SECONDS VM")

  static let disregard = Failure(
    .timeout, part: .state, operation: "power off",
    cause: "the guest did not power off in the time that it had; nothing was done to it, and it runs on",
    remedy:
      "see whether it hears the power button or runs an agent (vmsupervisor explain VM), give it longer, or end it: "
      + "vmsupervisor stop VM, by the API ForceStopVM or StopVM with end_at_deadline")

  static let reset = Failure(
    .timeout, part: .state, operation: "start again",
    cause: "the guest did not obey in the time that it had, so its reset button was pressed",
    remedy:
      "see whether it hears the power button or runs an agent (vmsupervisor explain VM), or give it longer: "
      + "vmsupervisor reboot --timeout SECONDS VM")

  /// A halted guest is not asked.
  static func deafness(isHeld: Bool) -> Failure {
    Failure(
      .state, part: .state, operation: "power off",
      cause: (isHeld ? "a disk error held it" : "it was paused")
        + ", and a halted guest hears neither agent nor power button, so its power was cut",
      remedy: isHeld
        ? "next time mend its disk and let it go on before it is stopped"
        : "next time let it go on before it is stopped")
  }

  static let dismissal = Failure(
    .system, part: .process, operation: "keep running", cause: "somebody else told the hypervisor to end",
    remedy: "use vmsupervisor stop or kill instead of signals")

  static let hostDown = Failure(
    .state, part: .state, operation: "keep running", cause: "the host goes down",
    remedy: "it starts with the host if its restart policy says so; otherwise start it: vmsupervisor start VM")

  /// SIGSYS of asm-generic/signal.h: the kernel ends whoever makes a system call that its filter forbids.
  private static let forbiddenCall: Int32 = 31

  /// The reason when a process ended and nobody had said why it would.
  static func death(_ how: HowEnded, _ words: String) -> Failure {
    if case .explained(let reason) = how { return reason }
    var cause = how.words
    if !words.isEmpty, how != .hostRestarted { cause += ": \(words)" }
    return Failure(
      .system, part: how == .signalled(forbiddenCall) ? .confinement : .process, operation: "keep running",
      cause: cause,
      remedy: seeLog)
  }

  /// The reason when it ended once too often.
  static func surrender(after starts: Int, _ last: Failure?) -> Failure {
    var cause = "gave up after \(starts) start\(starts == 1 ? "" : "s")"
    if let last {
      let object = last.object.isEmpty ? "" : " \(last.object)"
      cause += "; the last time it could not \(last.operation)\(object): \(last.cause)"
    }
    let remedy = last.map(\.remedy) ?? ""
    return Failure(
      last?.code ?? .state, part: .restart, operation: "keep running", cause: cause,
      remedy: (remedy.isEmpty ? "" : remedy + "; then ") + "start it: vmsupervisor start VM", errno: last?.errno ?? 0)
  }
}

extension HowEnded {
  /// A clause for people: `the hypervisor ended with status 0`.
  public var words: String {
    switch self {
    case .exited(let status): "the hypervisor ended with status \(status)"
    case .signalled(let number): "the hypervisor was ended by signal \(number)"
    case .explained(let reason): reason.cause
    case .unknown: "the hypervisor is gone, and nobody saw how it ended"
    case .hostRestarted: "the host was started again"
    case .unidentified: "something still holds the VM's lock, but its incarnation cannot be read"
    }
  }
}
