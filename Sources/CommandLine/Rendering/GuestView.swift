import NodeAPI

/// What a guest says of itself through its agent. It need not be true.
struct GuestView: Encodable, Hashable, Sendable {
  var system: String
  var release: String
  var kernel: String
  var hostName: String

  enum CodingKeys: String, CodingKey {
    case system, release, kernel
    case hostName = "host_name"
  }

  init(_ info: Limiquantix_Node_V1_GuestAgentInfo) {
    system = info.osName
    release = info.osVersion
    kernel = info.kernelVersion
    hostName = info.hostname
  }

  /// `Debian GNU/Linux 12 (bookworm), kernel 6.1.0-18-amd64, host web`
  var words: String {
    let whole = [system, release].filter { !$0.isEmpty }.joined(separator: " ")
    return [whole, kernel.isEmpty ? "" : "kernel \(kernel)", hostName.isEmpty ? "" : "host \(hostName)"]
      .filter { !$0.isEmpty }.joined(separator: ", ")
  }
}
