import ArgumentParser
import Glibc
import Text

/// The options that every command of the client side takes.
struct GlobalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The daemon's socket. Default: $PROCURATOR_SOCKET, then \(InstalledPaths.socket).", valueName: "path"),
    completion: .file())
  var socket: String?

  @Option(name: .shortAndLong, help: "table, json, yaml or name.")
  var output: OutputFormat = .table

  @Flag(help: "Leave out the first line of tables.")
  var noHeaders = false

  @Flag(name: .shortAndLong, help: "Print names only, and no remarks.")
  var quiet = false

  /// The socket to connect to, after looking at the environment.
  var socketPath: String {
    if let socket { return socket }
    if let value = getenv("PROCURATOR_SOCKET"), value[0] != 0 { return String(cString: value) }
    let isClosed = access(InstalledPaths.socket, W_OK) != 0 && errno == EACCES
    return isClosed && access(InstalledPaths.readSocket, W_OK) == 0 ? InstalledPaths.readSocket : InstalledPaths.socket
  }

  /// The format, with `--quiet` taken into account.
  var format: OutputFormat { quiet && output == .table ? .name : output }
}
