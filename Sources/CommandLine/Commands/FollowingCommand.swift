import ArgumentParser
import FoundationEssentials
import GRPCCore
import NodeClient
import Synchronization

/// A subcommand that can go on with everything that comes, also over a restart of the supervisor.
protocol FollowingCommand: NodeCommand {
  /// Whether it goes on.
  var follows: Bool { get }
  /// Shows what comes after `place`, and writes down there how far it came.
  ///
  /// - Returns: whether more may come if one asks again.
  /// - Throws: a `Failure`; one of code `unavailable` means that the supervisor is away.
  func show(from place: FollowedPlace, on node: NodeConnection) async throws -> Bool
}

/// How far the reader of a stream has come, over the connections of one command.
final class FollowedPlace: Sendable {
  private let state = Mutex((seen: UInt64?.none, hasBegun: false))
  /// When the command began: what a user calls "ten minutes ago" does not move while a supervisor is away.
  let began = Date()
  /// In the stream's own measure; nil before its first message.
  var seen: UInt64? {
    get { state.withLock { $0.seen } }
    set { state.withLock { $0.seen = newValue } }
  }
  /// Whether a supervisor has taken the call once.
  var hasBegun: Bool { state.withLock { $0.hasBegun } }

  /// Notes that it has, if it has.
  func begin<Message>(_ response: StreamingClientResponse<Message>) {
    if case .success = response.accepted { state.withLock { $0.hasBegun = true } }
  }
}

extension FollowingCommand {
  /// How long to wait before looking for a supervisor that is away.
  private static var pause: Duration { .milliseconds(250) }

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    _ = try await show(from: FollowedPlace(), on: node)
    return .success
  }

  func run() async throws {
    guard follows else { return try await runOnce() }
    let place = FollowedPlace()
    var isAway = false
    while true {
      do {
        let goesOn = try await NodeConnection.with(try options.node) { node in
          if isAway { options.remark("the supervisor answers again") }
          isAway = false
          return try await show(from: place, on: node)
        }
        if !goesOn { return }
      } catch {
        let failure = Self.failure(of: error)
        // Who was not let in once will not be later.
        guard failure.code == .unavailable, place.hasBegun else {
          Diagnostic.write(failure)
          throw ExitCode(CommandStatus(failure.code).rawValue)
        }
      }
      if !isAway { options.remark("the supervisor is away; waiting for it") }
      isAway = true
      try await Task.sleep(for: Self.pause)
    }
  }
}
