import ArgumentParser
import Failure
import NodeAPI
import NodeClient
import VMSpec

/// `pool list|create|show|delete|files`
struct PoolCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pool", abstract: "Show the folders in which volumes and images are kept, make some, or forget some.",
    discussion: "They lie below the folders that [Storage] Pools= of vmsupervisor.conf(5) names.",
    subcommands: [List.self, Create.self, Show.self, Delete.self, Files.self])

  struct List: NodeCommand {
    static let configuration = CommandConfiguration(abstract: "Show all pools.")

    @OptionGroup var options: GlobalOptions

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let reply = try await node.call("list pools") { try await node.daemon.listStoragePools(.init(), options: $0) }
      let view = PoolsView(pools: reply.pools.map { .init($0) })
      try options.show(view, table: view.text(headings: !options.noHeaders), names: view.names())
      return .success
    }
  }

  struct Create: NodeCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a pool of a folder.",
      discussion: "The same pool again changes nothing. The folder is made if it is not there; what lies in it stays.")

    @OptionGroup var options: GlobalOptions
    @Option(
      help: ArgumentHelp("Most GiB that may be promised. Default: what the file system has.", valueName: "GiB"))
    var capacity: UInt64 = 0
    @Argument(help: "The new pool's name.") var pool: String
    @Argument(help: "Its folder.", completion: .directory) var path: String

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let request = try Limiquantix_Node_V1_InitStoragePoolRequest.with {
        $0.poolID = pool
        $0.type = .localDir
        $0.config.local.path = try absolutePath(path)
        if capacity != 0 { $0.config.local.capacityGib = capacity }
      }
      let names = ["pool_id": "POOL", "config.local.path": "PATH", "config.local.capacity_gib": "--capacity"]
      let reply = try await node.call("create pool", pool, within: NodeConnection.slow, options: names) {
        try await node.daemon.initStoragePool(request, options: $0)
      }
      let view = PoolsView(pools: [.init(reply)])
      try options.show(view, table: view.text(headings: !options.noHeaders), names: view.names())
      return .success
    }
  }

  struct Show: NodeCommand {
    static let configuration = CommandConfiguration(abstract: "Show one pool.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Its name.") var pool: String

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let reply = try await node.call("show pool", pool) {
        try await node.daemon.getStoragePoolInfo(.with { $0.poolID = pool }, options: $0)
      }
      let view = PoolsView(pools: [.init(reply)])
      try options.show(view, table: view.text(headings: !options.noHeaders), names: view.names())
      return .success
    }
  }

  struct Delete: NodeCommand {
    static let configuration = CommandConfiguration(
      abstract: "Forget a pool.",
      discussion: "Its files stay, and are there again when a pool is made of the folder. Refused while a VM uses one.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Its name.") var pool: String

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      try await node.call("delete pool", pool) {
        _ = try await node.daemon.destroyStoragePool(.with { $0.poolID = pool }, options: $0)
      }
      return .success
    }
  }

  struct Files: NodeCommand {
    static let configuration = CommandConfiguration(abstract: "Show what lies in a folder of a pool.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The pool's name.") var pool: String
    @Argument(help: "A path in it. Default: its folder.") var path: String = ""

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let reply = try await node.call("list files of pool", pool, options: ["path": "PATH"]) {
        try await node.daemon.listStoragePoolFiles(
          .with {
            $0.poolID = pool
            $0.path = path
          }, options: $0)
      }
      let view = PoolFilesView(pool: pool, files: reply.entries.map { .init($0) })
      try options.show(view, table: view.text(headings: !options.noHeaders), names: view.names())
      return .success
    }
  }
}
