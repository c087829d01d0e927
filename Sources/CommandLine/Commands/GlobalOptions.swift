import ArgumentParser
import Glibc
import Text

/// The options that every command takes which talks to a node.
struct GlobalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The daemon's socket. Default: $PROCURATOR_SOCKET, then \(InstalledPaths.socket).", valueName: "path"),
    completion: .file())
  var socket: String?

  @OptionGroup var shown: OutputOptions

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
