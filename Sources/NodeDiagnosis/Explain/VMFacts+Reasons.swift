import Failure
import Life
import NodeCore
import Text

extension VMFacts {
  /// What is.
  package var observed: String {
    var text = state.rawValue
    if let secondsInState { text += " for \(Quantity.duration(secondsInState))" }
    if let process { text += ", pid \(process.pid) on \(process.accelerator)" }
    return text
  }

  /// What has happened.
  var pastReasons: [Reason] {
    var reasons: [Reason] = []
    if let why {
      let weight: Reason.Weight = state == .failed ? .blocks : state == .paused ? .weakens : .note
      reasons.append(Reason(weight, why.part ?? .process, why))
    }
    if let cut { reasons.append(Reason(.note, .state, cut)) }
    // A layer that the host does not have is one of it as well, and no sign of a guest that has broken out.
    if let why, why.part == .confinement, why.code != .unsupported {
      reasons.append(
        Reason(
          .note, .confinement,
          Failure(
            .denied, operation: "make a system call", object: name,
            cause:
              "its filter ends a hypervisor that makes a call which it does not need: the hypervisor is of a release that the "
              + "filter does not know, or the guest has broken into it",
            remedy:
              "compare the release (vmsupervisor doctor) with the supported ones and report the call; if the release "
              + "is a supported one, treat the guest as hostile")))
    }
    if restart == .gaveUp, why?.part != .restart {
      reasons.append(
        Reason(
          .blocks, .restart,
          Failure(
            .exhausted, operation: "start again", object: name,
            cause: "it was started as often as its restart policy permits",
            remedy: "see to the cause, then start it: vmsupervisor start \(name)")))
    }
    return reasons
  }

  /// What is so now.
  var presentReasons: [Reason] {
    let runs = state.hasProcess
    var reasons: [Reason] = []
    func add(_ part: Reason.Part, _ failure: Failure, running: Reason.Weight = .weakens) {
      reasons.append(Reason(runs ? running : .blocks, part, failure))
    }
    // While it runs these say only that it could not be started again.
    if let hypervisor { add(.hypervisor, hypervisor) }
    if let accelerator, !runs { add(.accelerator, accelerator) }
    if let images, !runs { add(.disk, images) }
    for trouble in snapshots { reasons.append(Reason(.note, .disk, trouble)) }
    for file in files { reasons.append(Reason(runs ? .weakens : file.weight, file.part, file.failure)) }
    for space in spaces where space.level != .ample {
      let isFull = space.level == .exhausted
      let failure = Failure(
        .exhausted, part: .space, operation: isFull ? "write" : "keep room", object: space.path,
        cause: "the file system of \(space.what) is \(isFull ? "full" : "nearly full"): \(space.words)",
        remedy: "free space there, or grow the file system", errno: isFull ? 28 : 0)
      reasons.append(Reason(isFull ? (runs ? .weakens : .blocks) : .note, .space, failure))
    }
    if var netd, !ports.isEmpty {
      if runs { netd.cause += ": its network goes on, \(NetworkChecks.unguarded)" }
      add(.netd, netd)
    }
    for port in ports { reasons += port.reasons(runs: runs, name: name, findings: findings) }
    for failure in naming { reasons.append(Reason(.weakens, .network, failure)) }
    for finding in findings where finding.kind == .blocked {
      reasons.append(
        Reason(
          runs ? .weakens : .note, .network,
          Failure(
            .denied, operation: "forward packets", object: finding.interface,
            cause: "somebody else's firewall drops what guests send outside", remedy: finding.detail)))
    }
    reasons += warningReasons
    if runs { reasons += runningReasons }
    return reasons
  }

  /// Of a VM that does not run they are about what it is to be.
  private var warningReasons: [Reason] {
    // Ports are looked at above, and more closely; so is who does not answer.
    let rest = warnings.filter { warning in
      !["stall", "loop", "silence"].contains(warning.id) && !(warning.isOf(PortWatch.family) && !ports.isEmpty)
    }
    return rest.map { warning in
      Reason(
        warning.isLasting ? .lasting : .weakens, warning.part,
        Failure(
          .unsupported, part: warning.part, operation: warning.isLasting ? "use all of this host" : "run undisturbed",
          object: name, cause: warning.cause, remedy: warning.remedy))
    }
  }

  private var runningReasons: [Reason] {
    var reasons = [stall.map { Reason(.weakens, .process, $0) }, loop.map { Reason(.weakens, .state, $0) }].compactMap(
      \.self)
    if state == .paused, why == nil {
      reasons.append(
        Reason(
          .note, .state,
          Failure(.state, operation: "run", object: name, cause: "it is paused", remedy: "vmsupervisor resume \(name)"))
      )
    }
    if let process, !process.answers, stall == nil, state != .starting,
      !warnings.contains(where: { $0.id == Warnings.monitor })
    {
      reasons.append(
        Reason(
          .weakens, .process,
          Failure(
            .unavailable, operation: "reach the hypervisor", object: name, cause: "its monitor does not answer",
            remedy: "it is tried again by itself; if the guest hangs too: vmsupervisor kill \(name)")))
    }
    if let unhealthy { reasons.append(Reason(.weakens, .health, unhealthy)) }
    if state == .running, stall == nil { reasons += agentReasons }
    return reasons
  }

  private var agentReasons: [Reason] {
    switch agent {
    case .notWanted, .answers: return []
    case .silent(let failure): return [Reason(.weakens, .agent, failure)]
    case .gone:
      return [
        Reason(
          .weakens, .agent,
          Failure(
            .unavailable, operation: "reach the guest agent", object: name,
            cause: "the guest's agent has ended, and the guest does not start it again",
            remedy:
              "start it there (vmsupervisor console \(name)), where systemd runs by: systemctl start qemu-guest-agent"))
      ]
    case .absent:
      let isYoung = process.map { $0.seconds < Self.bootSeconds } ?? true
      return [
        Reason(
          isYoung ? .note : .weakens, .agent,
          Failure(
            .unavailable, operation: "reach the guest agent", object: name,
            cause: isYoung
              ? "the guest has not started its agent yet" : "no agent of the guest has its port open",
            remedy: isYoung
              ? "wait: vmsupervisor wait \(name) --state agent"
              : "see whether it boots (vmsupervisor logs \(name)); install and start qemu-guest-agent in it, or set agent: false"
          ))
      ]
    }
  }

  /// A guest that has not started its agent after that long will hardly do so.
  private static let bootSeconds: UInt64 = 120
}
