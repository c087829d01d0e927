import ArgumentParser
import Failure
import Glibc
import Linux
import NodeAPI
import NodeClient
import Text

/// `screenshot VM FILE`
struct ScreenshotCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "screenshot", abstract: "Write a picture of a guest's screen to a file.",
    discussion: "The file's name says the format: .png or .ppm. The VM needs `display: vnc` in its specification.")
  static let needsRunningVM = true

  @OptionGroup var options: GlobalOptions
  @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String
  @Argument(help: "FILE.png or FILE.ppm.", completion: .file()) var file: String

  func validate() throws {
    guard ["png", "ppm"].contains(format) else {
      throw ValidationError("What format? Name a file that ends in .png or .ppm.")
    }
  }

  private var format: String {
    file.lastIndex(of: ".").map { String(file[file.index(after: $0)...]).lowercased() } ?? ""
  }

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    let request = Procurator_Node_V1_ScreenshotRequest.with {
      $0.vm = vm
      $0.format = format
    }
    let reply = try await node.call("take a screenshot of VM", vm) {
      try await node.operations.screenshot(request, options: $0)
    }
    do throws(Errno) {
      let output = try Files.open(file, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
      try Files.writeAll(Array(reply.data), to: output.raw)
    } catch {
      throw error.failure("write picture", file, remedy: "see to space and permissions there")
    }
    return .success
  }
}

/// `vnc VM`
struct VNCCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "vnc", abstract: "Say where a guest's screen can be looked at.",
    discussion: """
      Prints a Unix socket that speaks VNC: `vncviewer SOCKET` on this host. From elsewhere: \
      `ssh -L 5901:SOCKET HOST`, then `vncviewer localhost:5901`. Whoever may use this command may connect.

      With --network an address, a port and a password, for a viewer elsewhere: the password lets one viewer in, and soon \
      nobody. The node's configuration has to name an address for them ([VNC]); what is shown there is not encrypted.
      """)
  static let needsRunningVM = true

  @OptionGroup var options: GlobalOptions
  @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String
  @Flag(help: "Print ADDRESS:PORT and a password instead, for a viewer elsewhere.") var network = false

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    if network { return try await showPlace(on: node) }
    let reply = try await node.call("show the screen of VM", vm) {
      try await node.operations.screen(.with { $0.vm = vm }, options: $0)
    }
    let view = ScreenView(vm: vm, socket: reply.socket)
    try options.show(view, table: "\(reply.socket)\n", names: "\(reply.socket)\n")
    return .success
  }

  private func showPlace(on node: NodeConnection) async throws -> CommandStatus {
    let reply = try await node.call("show the screen of VM", vm) {
      try await node.daemon.getConsole(.with { $0.vmID = vm }, options: $0)
    }
    guard let port = UInt16(exactly: reply.port), port > 0 else {
      throw Failure(
        .state, operation: "show screen of", object: vm, cause: "this node shows no screens over TCP",
        remedy:
          "write Listen= and an address into [VNC] of its vmsupervisor.conf and restart its supervisor, or use the "
          + "socket: vmsupervisor vnc \(vm)")
    }
    let place = NetworkAddress(host: reply.host, port: port)
    let view = PlaceView(
      vm: vm, address: "\(place)", password: reply.password, seconds: Int(reply.passwordSeconds))
    let table =
      "address   \(place)\npassword  \(reply.password)  (for one viewer, within \(reply.passwordSeconds) s)\n"
    try options.show(view, table: table, names: "\(place)\n")
    return .success
  }

  struct ScreenView: Encodable, Sendable {
    var schema = Document.schema
    var vm: String
    var socket: String
  }

  struct PlaceView: Encodable, Sendable {
    var schema = Document.schema
    var vm: String
    var address: String
    var password: String
    var seconds: Int
  }
}

/// `sync-time VM…`
struct SyncTimeCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync-time", abstract: "Set guests' clocks to the host's, through their agents.")
  static let needsRunningVM = true

  @OptionGroup var options: GlobalOptions
  @Argument(help: "Names or ids, or prefixes of them that are unique.", completion: .vms) var vms: [String]

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    try await each(of: vms, done: "clock is right") { vm in
      try await node.call("set the clock of VM", vm) {
        _ = try await node.daemon.syncTime(.with { $0.vmID = vm }, options: $0)
      }
    }
  }
}
