import ArgumentParser
import NodeAPI
import NodeClient

/// `snapshot create|list|tree|show|revert|delete`
struct SnapshotCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshot", abstract: "Keep states of a VM, and put it back to them.",
    discussion: """
      A snapshot is of all disks of a VM that are written, which have to be qcow2 images, and of a guest that runs or is \
      paused its memory too. It lies in the images themselves.
      """,
    subcommands: [Create.self, List.self, Tree.self, Show.self, Revert.self, Delete.self])

  static let whichHelp: ArgumentHelp = "The snapshot's name or id."

  struct Create: NodeCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a snapshot.",
      discussion: "The guest stands while its memory is written. Prints the snapshot's id.")

    @OptionGroup var options: GlobalOptions
    @Option(help: "A few words for people.") var description = ""
    @Flag(help: "Without the memory of a guest that runs.") var diskOnly = false
    @Flag(help: "Demand that file systems are whole.") var quiesce = false
    @Option(
      help: ArgumentHelp(
        "Refuse what would be less than crash, filesystem or memory.", valueName: "consistency"),
      completion: .list(["crash", "filesystem", "memory"]))
    var require = ""
    @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String
    @Argument(help: "The snapshot's name.") var name: String

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let request = Limiquantix_Node_V1_CreateSnapshotRequest.with {
        $0.vmID = vm
        $0.name = name
        $0.description_p = description
        $0.diskOnly = diskOnly
        $0.quiesce = quiesce
        $0.require = require
      }
      let reply = try await node.call(
        "create a snapshot of VM", vm, within: SnapshotCommand.longest,
        options: [
          "name": "NAME", "description": "--description", "disk_only": "--disk-only", "quiesce": "--quiesce",
          "require": "--require",
        ]
      ) {
        try await node.daemon.createSnapshot(request, options: $0)
      }
      try Standard.output.write("\(reply.snapshotID)\n")
      return .success
    }
  }

  struct List: NodeCommand {
    static let configuration = CommandConfiguration(abstract: "Show the snapshots of a VM.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let view = try await SnapshotCommand.view(of: vm, node)
      try options.show(view, table: view.text(headings: !options.noHeaders), names: view.names())
      return .success
    }
  }

  struct Tree: NodeCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show which snapshot came from which.", discussion: "The present state came from the one with *.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let view = try await SnapshotCommand.view(of: vm, node)
      try options.show(view, table: view.tree(), names: view.names())
      return .success
    }
  }

  struct Show: NodeCommand {
    static let configuration = CommandConfiguration(abstract: "Show all that is known of a snapshot.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String
    @Argument(help: SnapshotCommand.whichHelp) var snapshot: String

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let view = try await SnapshotCommand.view(of: vm, node)
      let one = try view.find(snapshot)
      try options.show(one, table: one.text(), names: "\(one.name)\n")
      return .success
    }
  }

  struct Revert: NodeCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put a VM back to a snapshot.",
      discussion: """
        What its disks have at the moment is lost. A snapshot with memory is gone on from at the next start.
        """)

    @OptionGroup var options: GlobalOptions
    @Flag(help: "The VM may run: it is ended, and its present state is lost.") var force = false
    @Flag(help: "Start the VM then.") var start = false
    @Flag(help: "Only the disks: the VM boots at its next start.") var disksOnly = false
    @Argument(help: "A name or id, in full.", completion: .vms) var vm: String
    @Argument(help: SnapshotCommand.whichHelp) var snapshot: String

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let request = Limiquantix_Node_V1_RevertSnapshotRequest.with {
        $0.vmID = vm
        $0.snapshotID = snapshot
        $0.force = force
        $0.start = start
        $0.disksOnly = disksOnly
      }
      return try await one(vm, done: "put back to \(snapshot)") {
        try await node.call("revert VM", vm, within: SnapshotCommand.longest) {
          _ = try await node.daemon.revertSnapshot(request, options: $0)
        }
      }
    }
  }

  struct Delete: NodeCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete a snapshot.", discussion: "Those that came from it come from its parent then.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "A name or id, in full.", completion: .vms) var vm: String
    @Argument(help: SnapshotCommand.whichHelp) var snapshot: String

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let request = Limiquantix_Node_V1_DeleteSnapshotRequest.with {
        $0.vmID = vm
        $0.snapshotID = snapshot
      }
      return try await one(vm, done: "snapshot \(snapshot) deleted") {
        try await node.call("delete a snapshot of VM", vm, within: SnapshotCommand.longest) {
          _ = try await node.daemon.deleteSnapshot(request, options: $0)
        }
      }
    }
  }

  /// How long a memory may take that is written or read.
  fileprivate static let longest: Duration = .seconds(3600)

  fileprivate static func view(of vm: String, _ node: NodeConnection) async throws -> SnapshotsView {
    let reply = try await node.call("list snapshots of VM", vm) {
      try await node.daemon.listSnapshots(.with { $0.vmID = vm }, options: $0)
    }
    return SnapshotsView(vm: vm, reply)
  }
}
