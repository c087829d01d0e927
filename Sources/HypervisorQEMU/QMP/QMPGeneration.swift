package import Failure
import Text

extension QMPClient {
  /// What the guest is told (`query-vm-generation-id`).
  package func queryGenerationID() async throws(Failure) -> String {
    guard let id = try await execute("query-vm-generation-id")["guid"]?.string else {
      throw Self.malformed("query-vm-generation-id")
    }
    return id
  }
}
