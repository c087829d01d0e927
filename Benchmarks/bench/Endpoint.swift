import GRPCNIOTransportHTTP2Posix
import NIOPosix

/// Where a server is: a Unix socket, or a port of the loopback with mutual TLS.
enum Endpoint: Sendable {
  case socket(String)
  /// `folder` has ca.pem, own.pem and own.key.
  case network(port: Int, folder: String)

  /// SOCKET, or PORT FOLDER.
  init?(_ words: ArraySlice<String>) {
    let words = Array(words)
    switch words.count {
    case 1: self = .socket(words[0])
    case 2:
      guard let port = Int(words[0]) else { return nil }
      self = .network(port: port, folder: words[1])
    default: return nil
    }
  }

  /// A client's end. As everywhere in here, one connection.
  func client() throws -> HTTP2ClientTransport.Posix {
    switch self {
    case .socket(let path):
      return try .init(target: .unixDomainSocket(path: path), transportSecurity: .plaintext)
    case .network(let port, let folder):
      let security = HTTP2ClientTransport.Posix.TransportSecurity.mTLS(
        certificateChain: [.file(path: folder + "/own.pem", format: .pem)],
        privateKey: .file(path: folder + "/own.key", format: .pem)
      ) {
        $0.serverCertificateVerification = .noHostnameVerification
        $0.trustRoots = .certificates([.file(path: folder + "/ca.pem", format: .pem)])
      }
      return try .init(target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: security)
    }
  }

  /// A server of the library as it comes, on one thread.
  func server() -> HTTP2ServerTransport.Posix {
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    switch self {
    case .socket(let path):
      return .init(address: .unixDomainSocket(path: path), transportSecurity: .plaintext, eventLoopGroup: loops)
    case .network(let port, let folder):
      let security = HTTP2ServerTransport.Posix.TransportSecurity.mTLS(
        certificateChain: [.file(path: folder + "/own.pem", format: .pem)],
        privateKey: .file(path: folder + "/own.key", format: .pem)
      ) { $0.trustRoots = .certificates([.file(path: folder + "/ca.pem", format: .pem)]) }
      return .init(
        address: .ipv4(host: "127.0.0.1", port: port), transportSecurity: security, eventLoopGroup: loops)
    }
  }
}
