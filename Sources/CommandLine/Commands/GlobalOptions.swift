import ArgumentParser
import Glibc
import NodeClient
import Text

/// The options that every command takes which talks to a node.
struct GlobalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The daemon's socket. Default: $PROCURATOR_SOCKET, then \(InstalledPaths.socket).", valueName: "path"),
    completion: .file())
  var socket: String?

  @Option(
    help: ArgumentHelp(
      "Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.", valueName: "node"))
  var host: String?

  @OptionGroup var shown: OutputOptions

  mutating func validate() throws {
    if socket != nil, host != nil { throw ValidationError("--socket and --host exclude each other.") }
  }

  /// The node that was named, here or in the environment; nil for this host.
  private var hostWord: String? {
    if let host { return host }
    guard socket == nil, let value = getenv("PROCURATOR_HOST"), value[0] != 0 else { return nil }
    return String(cString: value)
  }

  /// Whether another node is meant than this host's.
  var isRemote: Bool { hostWord != nil }

  /// The node to connect to.
  /// - Throws: a `Failure` about the file of contexts and what it names.
  var node: NodeAddress {
    get throws {
      guard let word = hostWord else { return .socket(socketPath) }
      return .network(try ContextFile().node(word))
    }
  }

  /// The socket to connect to, after looking at the environment.
  var socketPath: String {
    if let socket { return socket }
    if let value = getenv("PROCURATOR_SOCKET"), value[0] != 0 { return String(cString: value) }
    let isClosed = access(InstalledPaths.socket, W_OK) != 0 && errno == EACCES
    return isClosed && access(InstalledPaths.readSocket, W_OK) == 0 ? InstalledPaths.readSocket : InstalledPaths.socket
  }

  var noHeaders: Bool { shown.noHeaders }
  var quiet: Bool { shown.quiet }
  var format: OutputFormat { shown.format }
}
