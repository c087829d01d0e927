import ArgumentParser
import NodeAPI
import NodeClient

/// `ports`
struct PortsCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "ports", abstract: "Show the network ports that netd holds for the VMs of this host.")

  @OptionGroup var options: GlobalOptions

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    let reply = try await node.call("list ports") { try await node.node.ports(.init(), options: $0) }
    let view = PortsView(reply)
    try options.show(view, table: view.table().text(headings: !options.noHeaders), names: view.names())
    return .success
  }
}
