import ArgumentParser
import Failure
import FoundationEssentials
import GRPCCore
import NodeAPI
import SwiftProtobuf
import Synchronization

/// `events [VM]`
struct EventsCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "events", abstract: "Show what happened on this host: who did what to which VM, and why.",
    discussion: """
      With --follow it goes on with everything that happens, also over a restart of the supervisor. With --output json \
      every event is one line.
      """)

  @OptionGroup var options: GlobalOptions
  @Flag(name: .shortAndLong, help: "Go on with everything that comes.") var follow = false
  @Option(
    name: [.customShort("n"), .long],
    help: ArgumentHelp("How many from the past. Default: 100, or all with --since.", valueName: "count"))
  var lines: UInt32?
  @Option(help: ArgumentHelp("Nothing older: 90s, 10m, 2h, 1d, or 2026-11-21T03:04:05Z.", valueName: "time"))
  var since: String?
  @Argument(help: "A name or id, also of a deleted VM, or a prefix of one that is unique.", completion: .vms)
  var vm: String?

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    try await stream(try request(), on: node)
    return .success
  }

  func run() async throws {
    guard follow else { return try await runOnce() }
    var request: Procurator_Node_V1_EventsRequest
    do { request = try self.request() } catch {
      Complaint.write(Self.failure(of: error))
      throw ExitCode(CommandStatus.failed.rawValue)
    }
    let progress = Progress()
    var isAway = false
    while true {
      if let seen = progress.seen { request.after = seen }
      do {
        try await NodeConnection.with(socket: options.socketPath) { node in
          if isAway { options.remark("the supervisor answers again") }
          isAway = false
          try await stream(request, on: node, progress)
        }
      } catch {
        let failure = Self.failure(of: error)
        // Somebody who may not connect will not be let in later.
        guard failure.code == .unavailable, progress.seen != nil || isAway else {
          Complaint.write(failure)
          throw ExitCode(CommandStatus(failure.code).rawValue)
        }
      }
      if !isAway { options.remark("the supervisor is away; waiting for it") }
      isAway = true
      try await Task.sleep(for: .milliseconds(250))
    }
  }

  /// How far the reader has come.
  private final class Progress: Sendable {
    private let last = Mutex<UInt64?>(nil)
    var seen: UInt64? {
      get { last.withLock { $0 } }
      set { last.withLock { $0 = newValue } }
    }
  }

  private func runOnce() async throws {
    let status: CommandStatus
    do {
      status = try await NodeConnection.with(socket: options.socketPath) { try await execute(on: $0) }
    } catch {
      let failure = Self.failure(of: error)
      Complaint.write(failure)
      status = CommandStatus(failure.code)
    }
    if status != .success { throw ExitCode(status.rawValue) }
  }

  private func request() throws(Failure) -> Procurator_Node_V1_EventsRequest {
    var request = Procurator_Node_V1_EventsRequest()
    request.vm = vm ?? ""
    request.follow = follow
    if let since { request.since = .init(try EventTime.parse(since, now: Date())) }
    request.last = lines ?? (since == nil ? 100 : 0)
    return request
  }

  private func stream(
    _ request: Procurator_Node_V1_EventsRequest, on node: NodeConnection, _ progress: Progress = Progress()
  ) async throws {
    try await node.call("read events", vm ?? "", within: follow ? nil : NodeConnection.quick) { callOptions in
      try await node.events.stream(request, options: callOptions) { response in
        for try await event in response.messages {
          try Standard.output.write(try EventView(event).text(options.format))
          progress.seen = event.sequence
        }
      }
    }
  }
}

/// Points in time as people write them.
enum EventTime {
  /// Reads an age (`90s`, `10m`, `2h`, `1d`) or ISO 8601 in UTC.
  static func parse(_ text: String, now: Date) throws(Failure) -> Date {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
    if let last = text.last, let unit = units[last], let count = UInt32(text.dropLast()) {
      return now.addingTimeInterval(-Double(count) * unit)
    }
    let styles = [Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle(includingFractionalSeconds: true)]
    for style in styles {
      if let date = try? Date(text, strategy: style) { return date }
    }
    throw Failure(
      .invalid, step: "read time", object: text, cause: "it is neither an age nor a time",
      cure: "write 90s, 10m, 2h, 1d or 2026-11-21T03:04:05Z")
  }
}
