import ArgumentParser
import Failure
import NodeAPI
import NodeClient

/// `image list|fetch|status|cancel|delete`
struct ImageCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "image", abstract: "Show the images in pools, fetch some, or delete some.",
    discussion: "`volume create --image` makes a volume of one.",
    subcommands: [List.self, Fetch.self, Status.self, Cancel.self, Delete.self])

  /// What the messages of the node call what is written here.
  fileprivate static let names = [
    "pool_id": "--pool", "filename": "--name", "url": "URL", "checksum": "--sha256 or --sha512", "job_id": "JOB",
  ]

  struct List: NodeCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the images in all pools.",
      discussion: "Files that are neither volumes nor disks made for VMs.")

    @OptionGroup var options: GlobalOptions

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let reply = try await node.call("list images") { try await node.daemon.listImages(.init(), options: $0) }
      let view = ImagesView(images: reply.images.map { .init($0) })
      try options.show(view, table: view.text(headings: !options.noHeaders), names: view.names())
      return .success
    }
  }

  struct Fetch: NodeCommand {
    static let configuration = CommandConfiguration(
      abstract: "Fetch an image from a server, or copy one from a pool.",
      discussion: """
        It is there whole or not at all. Interrupted connections are made again, and what is there already is not fetched \
        twice. The node goes on when this command ends, until `image cancel JOB`. Servers may have addresses of the Internet; \
        others are the administrator's to permit, see FetchFrom= in vmsupervisor.conf(5).
        """)

    @OptionGroup var options: GlobalOptions
    @Option(help: ArgumentHelp("The pool that it comes into.", valueName: "pool")) var pool: String
    @Option(
      help: ArgumentHelp("Its name there, with .qcow2, .raw, .img or .iso. Default: as in the URL.", valueName: "name"))
    var name: String = ""
    @Option(help: ArgumentHelp("Its SHA-256. What has another is removed.", valueName: "digest")) var sha256: String?
    @Option(help: ArgumentHelp("Its SHA-512, likewise.", valueName: "digest")) var sha512: String?
    @Option(
      help: ArgumentHelp(
        "A name for the download; the same again asks for the same. Default: the node makes one.", valueName: "job"))
    var job: String = ""
    @Flag(help: "Do not wait for its end.") var noWait = false
    @Argument(help: "https://HOST/PATH, http://HOST/PATH, or the path of a file in a pool.") var url: String

    func validate() throws {
      if sha256 != nil, sha512 != nil { throw ValidationError("Give one digest: --sha256 or --sha512.") }
    }

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let request = Limiquantix_Node_V1_DownloadImageOnNodeRequest.with {
        $0.jobID = job
        $0.url = url
        $0.poolID = pool
        $0.filename = name
        $0.checksum = sha256 ?? sha512 ?? ""
        $0.checksumType = sha256 != nil ? "sha256" : sha512 != nil ? "sha512" : ""
      }
      let (noWait, options) = (noWait, options)
      let last = try await node.call("fetch image", url, within: nil, options: ImageCommand.names) { callOptions in
        try await node.daemon.downloadImage(request, options: callOptions) { response in
          var last = Limiquantix_Node_V1_DownloadProgress()
          var line = DownloadLine(isShown: !options.quiet && Standard.error.isTerminal)
          for try await progress in response.messages {
            if last.jobID.isEmpty, noWait { return progress }
            last = progress
            try line.show(progress)
          }
          try line.end()
          return last
        }
      }
      return try ImageCommand.show(last, options)
    }
  }

  struct Status: NodeCommand {
    static let configuration = CommandConfiguration(abstract: "Show how far a download is.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The download, as `image fetch --output name --no-wait` shows it.") var job: String

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let progress = try await node.call("show download", job, options: ImageCommand.names) {
        try await node.daemon.getDownloadStatus(.with { $0.jobID = job }, options: $0)
      }
      return try ImageCommand.show(progress, options)
    }
  }

  struct Cancel: NodeCommand {
    static let configuration = CommandConfiguration(
      abstract: "End a download.", discussion: "Nothing is left of it when this command ends.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The download, as `image fetch --output name --no-wait` shows it.") var job: String

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      try await node.call("cancel download", job, within: NodeConnection.slow, options: ImageCommand.names) {
        _ = try await node.daemon.cancelDownload(.with { $0.jobID = job }, options: $0)
      }
      return .success
    }
  }

  struct Delete: NodeCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete an image.", discussion: "Refused while a VM has it. Volumes made of it stay.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The pool's name.") var pool: String
    @Argument(help: "The image's name, from the pool's folder `images` on.") var image: String

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let request = Procurator_Node_V1_DeleteImageRequest.with {
        $0.poolID = pool
        $0.path = image
      }
      try await node.call("delete image", image, within: NodeConnection.slow, options: ["pool_id": "POOL"]) {
        _ = try await node.images.delete(request, options: $0)
      }
      return .success
    }
  }

  /// Shows a download.
  /// - Throws: why it failed.
  fileprivate static func show(
    _ progress: Limiquantix_Node_V1_DownloadProgress, _ options: GlobalOptions
  ) throws -> CommandStatus {
    switch progress.status {
    case .failed:
      throw Failure(
        Failure.Code(rawValue: progress.errorCode) ?? .system, operation: "fetch image", object: progress.path,
        cause: progress.errorCause, remedy: progress.errorRemedy)
    case .cancelled:
      throw Failure(.state, operation: "fetch image", object: progress.path, cause: "it was cancelled")
    default: break
    }
    let view = DownloadView(progress)
    try options.show(view, table: view.text(headings: !options.noHeaders), names: view.job + "\n")
    return .success
  }
}
