package import Failure
package import Hypervisor
import Life

extension Meeting {
  /// Connects to a QMP monitor's socket and asks, in one exchange.
  /// - Parameters:
  ///   - agent: whether to ask for the agent's port (`query-chardev`).
  ///   - disks: whether to ask for the throttles (`query-block`).
  ///   - timeout: for all of it.
  /// - Throws: as `QMPClient.connect`; `.protocol` if it does not answer as QAPI promises.
  package static func at(path: String, agent: Bool, disks: Bool, timeout: Duration) async throws(Failure) -> Meeting {
    var questions = ["query-uuid", "query-status", "query-balloon"]
    if agent { questions.append("query-chardev") }
    if disks { questions.append("query-block") }
    let client = try await QMPClient.connect(path: path, asking: questions, timeout: timeout)
    let answers = Dictionary(zip(questions, client.firstAnswers)) { $1 }
    guard let uuid = try answers["query-uuid"]?.get()["UUID"]?.string,
      let state = try answers["query-status"]?.get()["status"]?.string
    else { throw QMPClient.malformed("UUID and status") }
    let ports = try answers["query-chardev"].map { (answer) throws(Failure) in
      try CharacterDevice.list(try answer.get())
    }
    return Meeting(
      machine: QEMUMachine(client), uuid: uuid, condition: GuestCondition(RunState(state)),
      agentPortIsOpen: ports.map { $0.contains { $0.label == QEMUCommand.agentChardev && $0.isFrontendOpen } },
      diskRates: answers["query-block"].map { answer in answer.map { BlockThrottle.list($0).compactMap(\.rate) } },
      balloon: (try? answers["query-balloon"]?.get()["actual"]?.integer).map { UInt64(max(0, $0)) })
  }
}

extension GuestCondition {
  /// What the life cycle makes of QEMU's run state.
  package init(_ state: RunState) {
    switch state {
    case .shutdown: self = .shutDown
    case .guestPanicked: self = .panicked
    case .ioError: self = .held
    case .internalError, .watchdog: self = .broken
    case .suspended: self = .suspended
    case .paused, .prelaunch, .inmigrate, .restoreVM, .postmigrate: self = .paused
    default: self = .running
    }
  }
}
