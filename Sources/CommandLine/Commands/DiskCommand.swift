import ArgumentParser
import Failure
import NodeAPI
import NodeClient
import VMSpec

/// `disk list|attach|detach|resize`
struct DiskCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "disk", abstract: "Show a VM's disks, give it some, take some away, or make them larger.",
    discussion: "A VM that runs has the change at once, one that does not at its next start.",
    subcommands: [List.self, Attach.self, Detach.self, Resize.self])

  struct List: NodeCommand {
    static let configuration = CommandConfiguration(abstract: "Show the disks of a VM.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let status = try await node.call("show VM", vm) {
        try await node.daemon.getVMStatus(.with { $0.vmID = vm }, options: $0)
      }
      let view = DisksView(status)
      try options.show(view, table: view.text(headings: !options.noHeaders), names: view.names())
      return .success
    }
  }

  struct Attach: NodeCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give a VM a disk.",
      discussion: "The disk of the same name and image again changes nothing. Prints the disk's name.")

    @OptionGroup var options: GlobalOptions
    @Option(help: ArgumentHelp("An image or block device of yours.", valueName: "path"), completion: .file())
    var path: String?
    @Option(
      help: ArgumentHelp(
        "A pool: a new image is made there, and --path is the name of a volume of it.", valueName: "pool"))
    var pool: String?
    @Option(help: ArgumentHelp("Make an image of that size, such as 10GiB.", valueName: "size")) var size: SizeArgument?
    @Option(help: "The disk's name within the VM. Default: the first free diskN.") var name: String?
    @Option(help: "qcow2 or raw. Default: by the image's name.", completion: .list(["qcow2", "raw"]))
    var format: String?
    @Option(help: "virtio, scsi or nvme, or sata for a VM that does not run.")
    var bus = DiskSpec.Bus.virtio
    @Flag(help: "The guest can only read.") var readonly = false
    @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String

    func validate() throws {
      if path == nil && size == nil { throw ValidationError("Which disk? Name an image with --path, or a --size.") }
    }

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let request = try Limiquantix_Node_V1_AttachDiskRequest.with {
        $0.vmID = vm
        $0.disk.id = name ?? ""
        $0.disk.path = try path.map { path throws(Failure) in pool == nil ? try absolutePath(path) : path } ?? ""
        $0.disk.poolID = pool ?? ""
        $0.disk.bus = .init(bus)
        $0.disk.readonly = readonly
        $0.sizeBytes = size?.bytes ?? 0
        $0.format = format ?? ""
      }
      let reply = try await node.call(
        "attach a disk to VM", vm, within: NodeConnection.slow,
        options: [
          "name": "--name", "path": "--path", "pool_id": "--pool", "disk.id": "--name", "size_bytes": "--size",
          "format": "--format", "bus": "--bus",
          "readonly": "--readonly",
        ]
      ) {
        try await node.daemon.attachDisk(request, options: $0)
      }
      try Standard.output.write("\(reply.name)\n")
      return .success
    }
  }

  struct Detach: NodeCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a disk away from a VM.",
      discussion: "A running guest has to let go of it. The image stays, unless --delete is given.")

    @OptionGroup var options: GlobalOptions
    @Flag(help: "Remove the image too, if it was made for the VM. The VM is to be named in full then.")
    var delete = false
    @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String
    @Argument(help: "The disk's name.") var disk: String

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let request = Limiquantix_Node_V1_DetachDiskRequest.with {
        $0.vmID = vm
        $0.diskID = disk
        $0.deleteImage = delete
      }
      return try await one(vm, done: "disk \(disk) detached") {
        try await node.call("detach a disk from VM", vm, within: NodeConnection.slow) {
          _ = try await node.daemon.detachDisk(request, options: $0)
        }
      }
    }
  }

  struct Resize: NodeCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a disk larger.",
      discussion: "A running guest sees the new size at once; its file system is for the guest to grow.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String
    @Argument(help: "The disk's name.") var disk: String
    @Argument(help: "The new size, such as 20GiB.") var size: SizeArgument

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let request = Limiquantix_Node_V1_ResizeVolumeRequest.with {
        $0.vmID = vm
        $0.diskID = disk
        $0.newSizeBytes = size.bytes
      }
      return try await one(vm, done: "disk \(disk) has \(Size.text(size.bytes))") {
        try await node.call(
          "resize a disk of VM", vm, within: NodeConnection.slow, options: ["size_bytes": "SIZE"]
        ) {
          _ = try await node.daemon.resizeVolume(request, options: $0)
        }
      }
    }
  }
}

/// A path as the daemon has to see it: it works elsewhere.
func absolutePath(_ path: String) throws(Failure) -> String {
  VMSpec.isAbsolute(path) ? path : try SpecificationSource.workingDirectory() + "/" + path
}

extension NodeCommand {
  /// Does one thing to one VM and reports it.
  func one(_ vm: String, done: String, _ action: @escaping @Sendable () async throws -> Void) async throws
    -> CommandStatus
  {
    try await each(of: [vm], done: done) { _ in try await action() }
  }
}
