import ArgumentParser
import Failure
import NodeAPI
import NodeClient
import Text

/// `explain VM`
struct ExplainCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Say why a VM is as it is, and what to do about it.",
    discussion: """
      Works for every VM, running or not, for records that were set aside, and as far as possible when the supervisor \
      does not answer. The exit status is 0 whenever there is an explanation.
      """)

  @OptionGroup var options: GlobalOptions
  @Option(
    help: ArgumentHelp(
      "Configuration of the supervisor, to look at when it does not answer. Default: \(InstalledPaths.supervisorConfiguration).",
      valueName: "path"), completion: .file())
  var config: String?
  @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    let reply = try await node.call("explain VM", vm) {
      try await node.diagnosis.explain(.with { $0.vm = vm }, options: $0)
    }
    try show(ExplanationView(reply))
    return .success
  }

  func run() async throws {
    let status: CommandStatus
    do {
      status = try await NodeConnection.with(try options.node) { try await execute(on: $0) }
    } catch {
      let failure = Self.failure(of: error)
      guard failure.code == .unavailable || failure.code == .timeout, !options.isRemote else {
        Diagnostic.write(failure)
        throw ExitCode(CommandStatus(failure.code).rawValue)
      }
      let question = LocalDiagnosis.Question(failure: failure, config: config, socket: options.socketPath)
      guard let explanation = LocalDiagnosis.current?.explain(vm, question) else {
        Diagnostic.write(failure)
        throw ExitCode(CommandStatus(failure.code).rawValue)
      }
      do throws(Failure) { try show(ExplanationView(explanation)) } catch {
        Diagnostic.write(error)
        throw ExitCode(CommandStatus(error.code).rawValue)
      }
      status = .daemonAway
    }
    if status != .success { throw ExitCode(status.rawValue) }
  }

  private func show(_ view: ExplanationView) throws(Failure) {
    try options.show(view, table: view.text(colour: Standard.output.hasColour), names: view.verdict + "\n")
  }
}
