import ArgumentParser

/// `console VM`
struct ConsoleCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "console", abstract: "Attach the terminal to a guest's console.",
    discussion: """
      On a terminal, ^] detaches. If standard input is something else, it is typed into the guest until it ends.
      """)
  static let needsRunningVM = true

  @OptionGroup var options: GlobalOptions
  @Flag(help: "Only look: nothing that is typed reaches the guest.") var readonly = false
  @Argument(help: "A name or id, or a prefix of one that is unique.") var vm: String

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    try await ConsoleSession(node: node, vm: vm, readonly: readonly, quiet: options.quiet).run()
  }
}
