import ArgumentParser
import Failure
import Glibc
import NodeAPI
import NodeClient
import Text

/// `doctor`
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Look at everything that VMs need of this host, and say what to do.",
    discussion: """
      The supervisor looks, with the rights of its user. If it does not answer, this command looks by itself, with yours. \
      The exit status is 1 if a check fails; with --strict also for a warning.
      """)

  @OptionGroup var options: GlobalOptions
  @Flag(help: "Let the exit status be 1 for warnings too.") var strict = false
  @Option(
    help: ArgumentHelp(
      "Configuration of the supervisor, to look at when it does not answer. Default: \(InstalledPaths.supervisorConfiguration).",
      valueName: "path"), completion: .file())
  var config: String?

  func run() async throws {
    let view: DoctorView
    do {
      view = DoctorView(try await ask())
    } catch {
      let failure = AuditCommand.failure(of: error)
      // This host is not the one that was asked about.
      if options.isRemote {
        Diagnostic.write(failure)
        throw ExitCode(CommandStatus(failure.code).rawValue)
      }
      view = DoctorView(supervisor: failure, checks: await LocalDiagnosis.current?.doctor(config) ?? [])
    }
    try options.show(
      view, table: view.text(headings: !options.noHeaders, colour: Standard.output.hasColour),
      names: view.checks.filter { $0.level == .fail || $0.level == .warn }.map { "\($0.name)\n" }.joined())
    if view.worst == .fail || (strict && view.worst == .warn) { throw ExitCode(CommandStatus.failed.rawValue) }
  }

  private func ask() async throws -> Procurator_Node_V1_DoctorReply {
    try await NodeConnection.with(try options.node) { node in
      try await node.call("examine this host", within: NodeConnection.slow) {
        try await node.diagnosis.doctor(.init(), options: $0)
      }
    }
  }
}
