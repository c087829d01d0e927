import ArgumentParser
import NodeAPI
import NodeClient
import Text

/// `freeze VM`
struct FreezeCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "freeze", abstract: "Freeze a guest's file systems, through its agent, for a copy of its disks.",
    discussion: """
      What the guest has written is on its disks then, and whatever writes waits, until `thaw`, or until the time is up: \
      then the guest thaws them itself, also without supervisor. Prints the token by which a program thaws them. With \
      --scripts the guest's programs in /etc/qemu/fsfreeze-hook.d are run with the argument freeze before; one that fails \
      keeps it from happening. Stopping and rebooting thaw first.
      """)

  @OptionGroup var options: GlobalOptions
  @Option(help: ArgumentHelp("How long at the most; 600 is the longest.", valueName: "seconds")) var timeout: UInt32 =
    60
  @Option(help: ArgumentHelp("Only what is mounted there; may be given again.", valueName: "directory"))
  var mount: [String] = []
  @Flag(help: "Run the guest's scripts before, and after.") var scripts = false
  @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    let request = Limiquantix_Node_V1_QuiesceFilesystemsRequest.with {
      $0.vmID = vm
      $0.mountPoints = mount
      // 0 means "the supervisor's default" on the wire.
      $0.timeoutSeconds = max(1, timeout)
      $0.runPreFreezeScripts = scripts
    }
    let limit = Duration.seconds(Int64(timeout) + 60)
    let reply = try await node.call("freeze the file systems of VM", vm, within: limit) {
      try await node.daemon.quiesceFilesystems(request, options: $0)
    }
    if !reply.error.isEmpty { options.remark("\(vm): \(reply.error)") }
    let view = FreezeView(
      vm: vm, token: reply.quiesceToken, isArmedInGuest: reply.armedInGuest,
      fileSystems: reply.frozen.map {
        .init(
          mount: $0.mountPoint, device: $0.device, kind: $0.filesystem, isFrozen: $0.frozen,
          error: $0.error.isEmpty ? nil : $0.error)
      })
    for one in view.fileSystems where !one.isFrozen { options.remark("\(one.mount): \(one.error ?? "not frozen")") }
    try options.show(view, table: "\(reply.quiesceToken)\n", names: "\(reply.quiesceToken)\n")
    return .success
  }

  struct FreezeView: Encodable, Sendable {
    struct FileSystem: Encodable, Sendable {
      var mount: String
      var device: String
      var kind: String
      var isFrozen: Bool
      var error: String?
    }

    var schema = Document.schema
    var vm: String
    var token: String
    var isArmedInGuest: Bool
    var fileSystems: [FileSystem]
  }
}

/// `thaw VM…`
struct ThawCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "thaw", abstract: "Let a guest's file systems go on that were frozen.",
    discussion: "Without a token whatever is frozen is thawed, whoever has frozen it.")

  @OptionGroup var options: GlobalOptions
  @Option(help: ArgumentHelp("Only what was frozen with that token.", valueName: "token")) var token: String?
  @Flag(help: "Run the guest's scripts after it.") var scripts = false
  @Argument(help: "Names or ids, or prefixes of them that are unique.", completion: .vms) var vms: [String]

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    let (token, scripts, options) = (token, scripts, options)
    return try await each(of: vms, done: "thawed") { vm in
      let request = Limiquantix_Node_V1_ThawFilesystemsRequest.with {
        $0.vmID = vm
        $0.quiesceToken = token ?? ""
        $0.anyToken = token == nil
        $0.runPostThawScripts = scripts
      }
      let reply = try await node.call("thaw the file systems of VM", vm, within: .seconds(60)) {
        try await node.daemon.thawFilesystems(request, options: $0)
      }
      if !reply.wasHeld { options.remark("\(vm): the guest itself has thawed some of them before") }
      if !reply.error.isEmpty { options.remark("\(vm): \(reply.error)") }
    }
  }
}
