package import Failure
package import NodeAPI

/// What a command can find out by itself when the supervisor does not answer. The program hands it over: commands see the
/// wire only.
package struct LocalDiagnosis: Sendable {
  /// What `doctor` sees with the rights of whoever calls.
  /// - Parameter config: the supervisor's configuration, nil for the usual one.
  package var doctor: @Sendable (_ config: String?) async -> [Procurator_Node_V1_Check]

  /// What can be said of a VM.
  package var explain: @Sendable (_ vm: String, _ question: Question) -> Procurator_Node_V1_ExplainReply

  package init(
    doctor: @escaping @Sendable (_ config: String?) async -> [Procurator_Node_V1_Check],
    explain: @escaping @Sendable (_ vm: String, _ question: Question) -> Procurator_Node_V1_ExplainReply
  ) {
    self.doctor = doctor
    self.explain = explain
  }

  /// What was tried before.
  package struct Question: Sendable {
    /// How the supervisor did not answer.
    package var failure: Failure
    /// Its configuration, nil for the usual one.
    package var config: String?
    /// Where it should have answered.
    package var socket: String

    package init(failure: Failure, config: String? = nil, socket: String) {
      self.failure = failure
      self.config = config
      self.socket = socket
    }
  }

  /// That of the program which runs; nil where nobody can look.
  @TaskLocal package static var current: LocalDiagnosis?
}
