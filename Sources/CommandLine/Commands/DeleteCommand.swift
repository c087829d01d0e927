import ArgumentParser
import Failure
import NodeAPI
import NodeClient

/// `delete VM…`
struct DeleteCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", abstract: "Remove VMs, with the disks that were made for them.")

  @OptionGroup var options: GlobalOptions
  @Flag(help: "Kill the VM first if it runs.") var force = false
  @Argument(help: "Names or ids, in full.", completion: .vms) var vms: [String]

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    let force = force
    return try await each(of: vms, done: "deleted") { vm in
      if force { try await kill(vm, on: node) }
      try await node.call("delete VM", vm, within: NodeConnection.slow) {
        _ = try await node.daemon.deleteVM(.with { $0.vmID = vm }, options: $0)
      }
    }
  }

  private func kill(_ vm: String, on node: NodeConnection) async throws {
    do {
      try await node.call("kill VM", vm) { _ = try await node.daemon.forceStopVM(.with { $0.vmID = vm }, options: $0) }
    } catch let failure as Failure where failure.code == .state || failure.code == .notFound {
      // It does not run, which is what was wanted; one that is set aside runs for nobody.
    }
  }
}
