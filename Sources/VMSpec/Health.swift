/// How the supervisor finds out whether a guest does what it is there for.
package struct HealthSpec: Codable, Sendable, Hashable {
  typealias CodingKeys = SpecKeys.Health

  /// What is asked.
  package enum Check: String, Codable, Sendable, Hashable, CaseIterable {
    /// Nothing.
    case none
    /// Whether the guest agent answers.
    case agent
    /// Whether a port of the guest's first address accepts a connection.
    case tcp
    /// Whether a GET request to that port is answered with a status from 200 to 399.
    case http
    /// Whether a program in the guest, run by the agent, ends with status 0.
    case exec
  }

  /// What is asked.
  package var check: Check
  /// Port of `tcp` and `http`.
  package var port: Int?
  /// Path of `http`; nil is `/`.
  package var path: String?
  /// Program and arguments of `exec`.
  package var command: [String]
  /// Seconds from one check to the next, 1 to 3600.
  package var interval: Int
  /// Seconds that a check may take, 1 to 600.
  package var timeout: Int
  /// Failures in a row that make a guest unhealthy, 1 to 100.
  package var threshold: Int
  /// Seconds from the start in which failures do not count, 0 to 3600. The first success ends them.
  package var grace: Int

  /// Makes a check; without arguments nothing is asked.
  package init(
    check: Check = .none, port: Int? = nil, path: String? = nil, command: [String] = [], interval: Int = 10,
    timeout: Int = 5, threshold: Int = 3, grace: Int = 60
  ) {
    self.check = check
    self.port = port
    self.path = path
    self.command = command
    self.interval = interval
    self.timeout = timeout
    self.threshold = threshold
    self.grace = grace
  }
}
