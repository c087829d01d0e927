import ArgumentParser
import NodeAPI
import NodeClient
import Text

/// `save VM FOLDER`
struct SaveCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "save", abstract: "Save a VM into a folder, from which it can be made again.",
    discussion: """
      The folder has complete copies of the disks that the VM writes, the memory of a guest that runs, and its \
      specification. The guest stands only while its memory is written. Prints the folder's path.
      """)

  @OptionGroup var options: GlobalOptions
  @Flag(help: "Without the memory of a guest that runs.") var disksOnly = false
  @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String
  @Argument(help: SaveCommand.folderHelp) var folder: String

  static let folderHelp: ArgumentHelp =
    "A name, of a folder in the first that [Storage] Saves= of vmsupervisor.conf(5) names, or a path there."
  /// How long disks may take that are copied: a TiB at 300 MB/s.
  static let longest: Duration = .seconds(3600)

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    let request = Procurator_Node_V1_SaveRequest.with {
      $0.vm = vm
      $0.folder = folder
      $0.disksOnly = disksOnly
    }
    let reply = try await node.call(
      "save VM", vm, within: Self.longest, options: ["folder": "FOLDER", "disks_only": "--disks-only"]
    ) {
      try await node.saves.save(request, options: $0)
    }
    let view = SavedView(vm: vm, folder: reply.folder, consistency: reply.consistency, bytes: reply.bytes)
    try options.show(view, table: "\(reply.folder)\n", names: "\(reply.folder)\n")
    return .success
  }

  struct SavedView: Encodable, Sendable {
    var schema = Document.schema
    var vm: String
    var folder: String
    var consistency: String
    var bytes: UInt64
  }
}

/// `restore FOLDER`
struct RestoreCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Make a VM from a folder that one was saved into.",
    discussion: """
      The folder stays as it is, and every file is compared with what was saved. Under another name it is another VM, which \
      can live beside the one that was saved. With memory its first start goes on from it. Prints its id.
      """)

  @OptionGroup var options: GlobalOptions
  @Option(help: "The new VM's name; without it that of the VM that was saved.") var name = ""
  @Flag(help: "It boots, also where there is a memory.") var disksOnly = false
  @Flag(help: "Start it then.") var start = false
  @Argument(help: SaveCommand.folderHelp) var folder: String

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    let request = Procurator_Node_V1_RestoreRequest.with {
      $0.folder = folder
      $0.name = name
      $0.disksOnly = disksOnly
      $0.start = start
    }
    let reply = try await node.call(
      "restore", folder, within: SaveCommand.longest, options: ["folder": "FOLDER", "name": "--name"]
    ) {
      try await node.saves.restore(request, options: $0)
    }
    for remark in reply.remarks { options.remark("\(reply.name): \(remark)") }
    let view = RestoredView(id: reply.vmID, name: reply.name, remarks: reply.remarks)
    try options.show(view, table: "\(reply.vmID)\n", names: "\(reply.name)\n")
    return .success
  }

  struct RestoredView: Encodable, Sendable {
    var schema = Document.schema
    var id: String
    var name: String
    var remarks: [String]
  }
}
