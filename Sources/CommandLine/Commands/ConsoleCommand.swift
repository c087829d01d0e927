import ArgumentParser
import NodeClient

/// `console VM`
struct ConsoleCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "console", abstract: "Attach the terminal to a guest's console.",
    discussion: """
      The past comes first, then what the guest writes. On a terminal ^] detaches, and so does ~. at the start of a line; \
      ~? shows the other escapes. If standard input is something else, it is typed into the guest until it ends.

      Any number may watch; one has the keyboard. The console stays over a restart of the supervisor, and on a terminal, \
      or with --stay, also over a stop and start of the guest. A serial line has no size: after resizing the terminal \
      tell the guest with `stty rows R cols C`, or run `resize` in it.
      """)
  static let needsRunningVM = true

  @OptionGroup var options: GlobalOptions
  @Flag(help: "Only look: nothing that is typed reaches the guest.") var readonly = false
  @Flag(help: "Take the keyboard from whoever has it.") var take = false
  @Flag(help: "Stay when the guest ends, for its next start; the habit on a terminal.") var stay = false
  @Option(help: ArgumentHelp("Lines of the past to begin with, all or none.", valueName: "count"))
  var history = ConsoleHistory.lines(100)
  @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String

  func validate() throws {
    if readonly, take { throw ValidationError("--readonly and --take exclude each other.") }
  }

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    var session = ConsoleSession(node: node, vm: vm, quiet: options.quiet)
    session.readonly = readonly
    session.take = take
    session.stay = stay
    session.history = history
    return try await session.run()
  }
}
