package import Failure

/// A monitor that was met: the connection, and what was asked with its first words. One exchange tells all that is to be
/// known of a machine that was found running.
package struct QMPMeeting: Sendable {
  package let client: QMPClient
  /// The machine's UUID, as it was given on its command line.
  package let uuid: String
  package let state: RunState
  /// The sockets to the outside; nil if they were not asked for.
  package let characterDevices: [CharacterDevice]?
  /// What the disks may do; nil if it was not asked for.
  package let throttles: Result<[BlockThrottle], Failure>?
  /// Bytes that the guest has of its memory; nil if it has no balloon, or nothing of it was heard yet.
  package let balloon: UInt64?

  /// Connects to a monitor's socket and asks.
  /// - Parameters:
  ///   - ports: whether to ask for the sockets (`query-chardev`).
  ///   - disks: whether to ask for the throttles (`query-block`).
  ///   - timeout: for all of it.
  /// - Throws: as `QMPClient.connect`; `.protocol` if it does not answer as QAPI promises.
  package static func at(path: String, ports: Bool, disks: Bool, timeout: Duration) async throws(Failure) -> QMPMeeting
  {
    var questions = ["query-uuid", "query-status", "query-balloon"]
    if ports { questions.append("query-chardev") }
    if disks { questions.append("query-block") }
    let client = try await QMPClient.connect(path: path, asking: questions, timeout: timeout)
    let answers = Dictionary(zip(questions, client.firstAnswers)) { $1 }
    guard let uuid = try answers["query-uuid"]?.get()["UUID"]?.string,
      let state = try answers["query-status"]?.get()["status"]?.string
    else { throw QMPClient.malformed("UUID and status") }
    let throttles = answers["query-block"].map { answer in answer.map { BlockThrottle.list($0) } }
    return QMPMeeting(
      client: client, uuid: uuid, state: RunState(state),
      characterDevices: try answers["query-chardev"].map { (answer) throws(Failure) in
        try CharacterDevice.list(try answer.get())
      },
      throttles: throttles,
      balloon: (try? answers["query-balloon"]?.get()["actual"]?.integer).map { UInt64(max(0, $0)) })
  }
}
