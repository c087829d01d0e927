import ArgumentParser
import Failure
import GRPCCore
import NodeClient
import Text

/// A subcommand that talks to the daemon. It says what to do; connecting, reporting and the exit status are here.
protocol NodeCommand: AsyncParsableCommand {
  /// The options of the client side.
  var options: GlobalOptions { get }
  /// Whether the command makes sense on a running VM only.
  static var needsRunningVM: Bool { get }
  /// Does the work.
  ///
  /// - Throws: a `Failure` to be shown, or an `ExitCode` if everything has been said.
  func execute(on node: NodeConnection) async throws -> CommandStatus
}

extension NodeCommand {
  static var needsRunningVM: Bool { false }

  func run() async throws { try await runOnce() }

  /// Connects, does the work, and reports.
  func runOnce() async throws {
    let status: CommandStatus
    do {
      status = try await NodeConnection.with(try options.node) { try await execute(on: $0) }
    } catch let code as ExitCode {
      throw code
    } catch {
      let failure = Self.failure(of: error)
      Diagnostic.write(failure)
      status = CommandStatus(failure.code, needsRunningVM: Self.needsRunningVM)
    }
    if status != .success { throw ExitCode(status.rawValue) }
  }

  /// Any error of a command as the one kind that is shown.
  static func failure(of error: any Error) -> Failure {
    switch error {
    case let failure as Failure: failure
    case let error as RPCError:
      NodeConnection.failure(of: error, operation: "talk to the supervisor", object: "", limit: nil)
    default: Failure(.internal, operation: "run this command", cause: "\(error)")
    }
  }
}
