import ArgumentParser
import Glibc

/// The options that every command of the client side takes.
struct GlobalOptions: ParsableArguments {
  /// Where the daemon listens unless told otherwise.
  static let defaultSocket = "/run/procurator/vmsupervisor.sock"
  /// Where those are served who may only look.
  static let readSocket = "/run/procurator/read/vmsupervisor.sock"

  @Option(
    help: ArgumentHelp(
      "The daemon's socket. Default: $PROCURATOR_SOCKET, then \(GlobalOptions.defaultSocket).", valueName: "path"),
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
    let isClosed = access(Self.defaultSocket, W_OK) != 0 && errno == EACCES
    return isClosed && access(Self.readSocket, W_OK) == 0 ? Self.readSocket : Self.defaultSocket
  }

  /// The format, with `--quiet` taken into account.
  var format: OutputFormat { quiet && output == .table ? .name : output }
}
