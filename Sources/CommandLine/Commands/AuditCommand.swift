import ArgumentParser
import NodeAPI
import NodeClient

/// `audit`
struct AuditCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Count everything that VMs can leave behind.",
    discussion: """
      The exit status is 1 if something was found that should not be there. What is only scarce is a warning.
      """)

  @OptionGroup var options: GlobalOptions
  @Flag(help: "Have netd remove its interfaces that belong to no VM and that nobody holds.") var fix = false

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    let fix = fix
    let reply = try await node.call("audit") { try await node.node.audit(.with { $0.fix = fix }, options: $0) }
    let view = AuditView(reply)
    let names = view.findings.map { "\($0.interface)\n" }.joined()
    try options.show(view, table: view.text(headings: !options.noHeaders), names: names)
    return view.clean ? .success : .failed
  }
}
