import ArgumentParser
import NodeAPI
import NodeClient

/// `status [VM]`
struct StatusCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show all VMs, or everything about one.",
    discussion: "With a name, the exit status is 3 if that VM is stopped or has failed.")

  @OptionGroup var options: GlobalOptions
  @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String?

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    guard let vm else { return try await all(on: node) }
    let status = try await node.call("show VM", vm) {
      try await node.daemon.getVMStatus(.with { $0.vmID = vm }, options: $0)
    }
    let view = VMView(status)
    let list = VMListView(vms: [view])
    try options.show(list, table: VMHistory(vm: view, colour: Standard.output.hasColour).text(), names: list.names())
    return ["stopped", "failed"].contains(view.state) ? .notRunning : .success
  }

  private func all(on node: NodeConnection) async throws -> CommandStatus {
    let reply = try await node.call("list VMs") { try await node.daemon.listVMs(.init(), options: $0) }
    let list = VMListView(
      vms: reply.vms.map { VMView($0) }, quarantined: reply.quarantined.map { QuarantinedView($0) },
      troubles: reply.troubles.map { FailureView($0) })
    let text = list.text(
      headings: !options.noHeaders, width: Standard.output.size?.columns, colour: Standard.output.hasColour)
    try options.show(list, table: text, names: list.names())
    return .success
  }
}
