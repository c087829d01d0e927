import ArgumentParser
import CommandLine
import Failure
import NodeCore

/// `daemon`
struct DaemonCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "daemon", abstract: "Run the supervisor of this host.",
    discussion: """
      Guests do not depend on it: it can be stopped, killed and upgraded while they run, and takes them back when it \
      starts again.
      """)

  @Option(
    help: ArgumentHelp("Configuration. Default: \(Settings.defaultPath).", valueName: "path"), completion: .file())
  var config: String?

  func run() async throws {
    do {
      let settings = try Settings.load(config)
      try settings.checkUser()
      try await Daemon(settings).run()
    } catch let failure as Failure {
      Diagnostic.write(failure)
      throw ExitCode(CommandStatus(failure.code, needsRunningVM: false).rawValue)
    }
  }
}
