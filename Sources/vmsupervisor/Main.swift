import ArgumentParser
import CommandLine
import Failure
import NodeService

/// The supervisor, and the command line that talks to it.
@main
struct VMSupervisor: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vmsupervisor", abstract: "Virtual machines on this host.", version: Release.version,
    subcommands: Commands.all + [DaemonCommand.self])

  static func main() async {
    await LocalDiagnosis.$current.withValue(.ofThisHost) { await main(nil) }
  }

  /// Holds for every command: what the runtime has repaired is not what was said.
  func validate() throws {
    guard let number = UnreadableArgument.first else { return }
    throw ValidationError(
      """
      Argument \(number) has bytes that are not UTF-8, and names and arguments are text. Any bytes reach a program in a guest \
      by its standard input: vmsupervisor exec --stdin VM -- COMMAND
      """)
  }
}
