import ArgumentParser
import Failure
import NodeAPI
import NodeClient

/// `cdrom insert|eject`
struct CDROMCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cdrom", abstract: "Change what lies in a VM's CD drives.",
    discussion: "Drives are in the specification, as cdroms; a VM without any gets one when it does not run.",
    subcommands: [Insert.self, Eject.self])

  struct Insert: NodeCommand {
    static let configuration = CommandConfiguration(abstract: "Put an ISO image into a drive.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var drive: DriveOptions
    @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String
    @Argument(help: ArgumentHelp("The image.", valueName: "file"), completion: .file()) var path: String

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let path = try absolutePath(path)
      return try await drive.change(vm, path, on: node, self, done: "\(path) inserted")
    }
  }

  struct Eject: NodeCommand {
    static let configuration = CommandConfiguration(abstract: "Take out what is in a drive.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var drive: DriveOptions
    @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      try await drive.change(vm, "", on: node, self, done: "ejected")
    }
  }
}

/// Which drive, and how hard.
struct DriveOptions: ParsableArguments {
  @Option(help: "Name or number of the drive. Default: the first.") var drive = ""
  @Flag(help: "Open the tray even if the guest has locked it.") var force = false

  func change(
    _ vm: String, _ path: String, on node: NodeConnection, _ command: some NodeCommand, done: String
  ) async throws -> CommandStatus {
    let request = Limiquantix_Node_V1_ChangeMediaRequest.with {
      $0.vmID = vm
      $0.device = drive
      $0.isoPath = path
      $0.force = force
    }
    return try await command.one(vm, done: done) {
      try await node.call("change the medium of VM", vm) {
        _ = try await node.daemon.changeMedia(request, options: $0)
      }
    }
  }
}
