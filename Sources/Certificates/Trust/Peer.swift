import X509

/// Who presents a chain of certificates, and what it has to be good for.
enum Peer: Hashable, Sendable {
  case client
  /// A server that was reached under this name.
  case server(HostName)

  /// What the certificate must be for (RFC 5280, section 4.2.1.12).
  var usage: ExtendedKeyUsage.Usage {
    switch self {
    case .client: .clientAuth
    case .server: .serverAuth
    }
  }

  /// The plural, for sentences.
  var words: String {
    switch self {
    case .client: "clients"
    case .server: "servers"
    }
  }
}
