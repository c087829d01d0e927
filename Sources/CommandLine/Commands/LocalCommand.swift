import ArgumentParser
import Failure
import FoundationEssentials

/// A subcommand that works on files of this host and talks to no daemon. It says what to do; reporting and the exit
/// status are here.
protocol LocalCommand: ParsableCommand {
  /// Does the work, and shows it.
  /// - Parameter now: the time.
  func execute(now: Date) throws(Failure)
}

extension LocalCommand {
  func run() throws {
    do throws(Failure) { try execute(now: Date()) } catch {
      Diagnostic.write(error)
      throw ExitCode(CommandStatus(error.code).rawValue)
    }
  }
}
