import ArgumentParser
package import NodeAPI
import NodeClient

/// `create -f FILE`
struct CreateCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Create a VM from a specification, without starting it.")

  @OptionGroup var options: GlobalOptions
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The specification, YAML or JSON; - for standard input.", valueName: "path"),
    completion: .file())
  var file: String
  @Flag(help: "Start it too.") var start = false
  @Flag(help: StartCommand.strictHelp) var strict = false

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    let status = try await node.create(try SpecificationSource(file: file), start: start, strict: strict)
    let vm = VMView(status)
    options.remarkWarnings(of: vm)
    let view = VMListView(vms: [vm])
    try options.show(view, table: view.names(), names: view.names())
    return .success
  }
}

extension NodeConnection {
  /// Creates the VM and answers with what it is then.
  package func create(
    _ source: SpecificationSource, start: Bool, strict: Bool = false
  ) async throws -> Limiquantix_Node_V1_VMStatusResponse {
    let request = Limiquantix_Node_V1_CreateVMOnNodeRequest.with {
      $0.document = source.document
      $0.documentOrigin = source.origin
      $0.baseDirectory = source.baseDirectory
      $0.start = start
      $0.strict = strict
    }
    let reply = try await call("create VM from", source.origin, within: Self.slow) {
      try await daemon.createVM(request, options: $0)
    }
    return try await call("show VM", reply.vmID) {
      try await daemon.getVMStatus(.with { $0.vmID = reply.vmID }, options: $0)
    }
  }
}
