import ArgumentParser
import Failure
import NodeAPI
import NodeClient
import VMSpec

/// `volume list|create|delete|resize|clone|snapshot|images`
struct VolumeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "volume", abstract: "Show the volumes of a pool, make some, change some, or delete some.",
    discussion: "A VM has a volume as a disk by its path: `vmsupervisor disk attach VM --path PATH`.",
    subcommands: [
      List.self, Create.self, Delete.self, Resize.self, Clone.self, Snapshot.self, Images.self,
    ])

  /// Time for what copies a volume.
  fileprivate static let copying = Duration.seconds(3700)
  /// What the messages of the node call what is written here.
  fileprivate static let names = [
    "pool_id": "POOL", "volume_id": "VOLUME", "size_bytes": "SIZE", "new_size_bytes": "SIZE", "format": "--format",
    "source_id": "--image or --snapshot", "preallocation": "--preallocate", "snapshot_id": "SNAPSHOT",
  ]

  struct List: NodeCommand {
    static let configuration = CommandConfiguration(abstract: "Show the volumes of a pool.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The pool's name.") var pool: String

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let reply = try await node.call("list volumes of pool", pool) {
        try await node.daemon.listVolumes(.with { $0.poolID = pool }, options: $0)
      }
      let view = VolumesView(volumes: reply.volumes.map { .init($0) })
      try options.show(view, table: view.text(headings: !options.noHeaders), names: view.names())
      return .success
    }
  }

  struct Create: NodeCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a volume: empty, or as a copy of an image or of a snapshot.",
      discussion: "It is made whole or not at all. What it is a copy of may go afterwards.")

    @OptionGroup var options: GlobalOptions
    @Option(help: ArgumentHelp("Such as 10GiB. Default: that of what is copied.", valueName: "size"))
    var size: SizeArgument?
    @Option(help: ArgumentHelp("An image, as `volume images` shows it.", valueName: "POOL/PATH")) var image: String?
    @Option(help: ArgumentHelp("A snapshot of a volume of the pool.", valueName: "VOLUME@SNAPSHOT"))
    var snapshot: String?
    @Option(
      help: "qcow2 or raw. Default: as what is copied, qcow2 if it is empty.", completion: .list(["qcow2", "raw"]))
    var format: String?
    @Flag(help: "Have the room at once.") var preallocate = false
    @Argument(help: "The pool's name.") var pool: String
    @Argument(help: "The new volume's name.") var volume: String

    func validate() throws {
      if image != nil, snapshot != nil { throw ValidationError("Copy one thing: --image or --snapshot.") }
      if size == nil, image == nil, snapshot == nil {
        throw ValidationError("How large? Say --size, or what is copied with --image or --snapshot.")
      }
    }

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let request = Limiquantix_Node_V1_CreateVolumeRequest.with {
        $0.poolID = pool
        $0.volumeID = volume
        $0.sizeBytes = size?.bytes ?? 0
        $0.sourceType = image != nil ? .volumeSourceImage : snapshot != nil ? .volumeSourceSnapshot : .volumeSourceEmpty
        $0.sourceID = image ?? snapshot ?? ""
        $0.format = format ?? ""
        $0.preallocation = preallocate ? "falloc" : ""
      }
      let reply = try await node.call(
        "create volume", volume, within: VolumeCommand.copying, options: VolumeCommand.names
      ) {
        try await node.daemon.createVolume(request, options: $0)
      }
      let view = VolumesView(volumes: [.init(reply)])
      try options.show(view, table: view.text(headings: !options.noHeaders), names: view.names())
      return .success
    }
  }

  struct Delete: NodeCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete a volume, with all that is written in it.", discussion: "Refused while a VM has it.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The pool's name.") var pool: String
    @Argument(help: "The volume's name.") var volume: String

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let request = Limiquantix_Node_V1_VolumeIdRequest.with {
        $0.poolID = pool
        $0.volumeID = volume
      }
      try await node.call("delete volume", volume) { _ = try await node.daemon.deleteVolume(request, options: $0) }
      return .success
    }
  }

  struct Resize: NodeCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a volume larger.",
      discussion: "Refused while a VM that runs has it: `vmsupervisor disk resize` does it then.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The pool's name.") var pool: String
    @Argument(help: "The volume's name.") var volume: String
    @Argument(help: "The new size, such as 20GiB.") var size: SizeArgument

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let request = Limiquantix_Node_V1_ResizeVolumeRequest.with {
        $0.poolID = pool
        $0.volumeID = volume
        $0.newSizeBytes = size.bytes
      }
      try await node.call("resize volume", volume, within: NodeConnection.slow, options: VolumeCommand.names) {
        _ = try await node.daemon.resizeVolume(request, options: $0)
      }
      return .success
    }
  }

  struct Clone: NodeCommand {
    static let configuration = CommandConfiguration(
      abstract: "Copy a volume.", discussion: "Whole, into the same pool. Refused while a VM writes to it.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The pool's name.") var pool: String
    @Argument(help: "The volume's name.") var volume: String
    @Argument(help: "The copy's name.") var copy: String

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let request = Limiquantix_Node_V1_CloneVolumeRequest.with {
        $0.poolID = pool
        $0.sourceVolumeID = volume
        $0.destVolumeID = copy
      }
      try await node.call("clone volume", volume, within: VolumeCommand.copying, options: ["volume_id": "COPY"]) {
        _ = try await node.daemon.cloneVolume(request, options: $0)
      }
      return .success
    }
  }

  struct Snapshot: NodeCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a snapshot inside a volume.",
      discussion: "Of a qcow2 volume that no running VM has. `volume create --snapshot` makes a volume of it.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The pool's name.") var pool: String
    @Argument(help: "The volume's name.") var volume: String
    @Argument(help: "The snapshot's name.") var snapshot: String

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let request = Limiquantix_Node_V1_CreateVolumeSnapshotRequest.with {
        $0.poolID = pool
        $0.volumeID = volume
        $0.snapshotID = snapshot
      }
      try await node.call(
        "create snapshot of volume", volume, within: NodeConnection.slow, options: VolumeCommand.names
      ) {
        _ = try await node.daemon.createVolumeSnapshot(request, options: $0)
      }
      return .success
    }
  }

  struct Images: NodeCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the images in all pools.",
      discussion: "Files that are neither volumes nor disks made for VMs. `volume create --image` copies one.")

    @OptionGroup var options: GlobalOptions

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let reply = try await node.call("list images") { try await node.daemon.listImages(.init(), options: $0) }
      let view = ImagesView(images: reply.images.map { .init($0) })
      try options.show(view, table: view.text(headings: !options.noHeaders), names: view.names())
      return .success
    }
  }
}
