import ArgumentParser
import Failure

/// The supervisor, and the command line that talks to it.
@main
struct VMSupervisor: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vmsupervisor", abstract: "Virtual machines on this host.", version: Release.version,
    subcommands: [
      RunCommand.self, StatusCommand.self, CreateCommand.self, StartCommand.self, StopCommand.self, KillCommand.self,
      QuiesceCommand.self, PauseCommand.self, ResumeCommand.self, RebootCommand.self,
      DeleteCommand.self, ExecCommand.self, ConsoleCommand.self, LogsCommand.self, WaitCommand.self, PortsCommand.self,
      NetworkCommand.self, DiskCommand.self, NICCommand.self, CDROMCommand.self, ScreenshotCommand.self,
      VNCCommand.self, SyncTimeCommand.self, LimitCommand.self, BalloonCommand.self, CapacityCommand.self,
      AuditCommand.self, EventsCommand.self, ExplainCommand.self, DoctorCommand.self, TopCommand.self,
      DaemonCommand.self,
    ])

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
