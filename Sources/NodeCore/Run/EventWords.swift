import Life

extension Event {
  /// Whether its owner wants it.
  var isRequest: Bool {
    switch self {
    case .start, .stop, .shutdown, .kill, .quiesce, .pause, .resume, .reboot: true
    default: false
    }
  }

  /// Whether it begins something, and so is not taken before it is on disk. What was seen is true in any case.
  var isCommand: Bool { isRequest || self == .timer(.restart) }

  /// Whether it has to be written even on a full disk: everything but what begins something.
  var mustBeWritten: Bool { self != .start && self != .timer(.restart) }

  /// A few words for the history.
  package var summary: String {
    switch self {
    case .start: "start requested"
    case .stop(let timeout): "stop requested, \(timeout.components.seconds) s"
    case .shutdown(let timeout): "power off requested, \(timeout.components.seconds) s"
    case .kill: "kill requested"
    case .quiesce(let timeout): "the host goes down, \(timeout.components.seconds) s to power off"
    case .pause: "pause requested"
    case .resume: "resume requested"
    case .reboot(let hard, let timeout): hard ? "reset requested" : "reboot requested, \(timeout.components.seconds) s"
    case .monitorReady: "hypervisor answers"
    case .startFailed: "start failed"
    case .guest(.held): "guest held by an error of a disk"
    case .guest(.suspended): "guest sleeps"
    case .holdExplained: "what holds the guest was found out"
    case .guest(let condition): "guest \(condition.rawValue)"
    case .answered(_, let condition): "hypervisor obeyed, guest \(condition.rawValue)"
    case .guestReset: "guest started again"
    case .agent(let connected): connected ? "agent connected" : "agent gone"
    case .hypervisorLeaving: "hypervisor told to end from outside"
    case .healthy: "guest healthy"
    case .unhealthy: "guest unhealthy"
    case .processEnded(let how, _): how.words
    case .adopted(let condition): "adopted, guest \(condition.rawValue)"
    case .recovered(let hostRestarted): hostRestarted ? "host started again" : "supervisor started again"
    case .timer(.restart): "automatic start"
    case .timer(let kind): "\(kind.rawValue) timer ran out"
    }
  }

  /// Whose doing it was.
  /// - Parameter requester: in whose name it was handed in.
  package func author(_ requester: Author) -> Author {
    switch self {
    case .guest(.held): .supervisor
    case .guest, .guestReset, .agent, .healthy, .unhealthy: .guest
    default: isRequest ? requester : .supervisor
    }
  }
}
