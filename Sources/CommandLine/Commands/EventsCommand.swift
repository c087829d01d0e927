import ArgumentParser
import Failure
import FoundationEssentials
import GRPCCore
import NodeAPI
import NodeClient
import SwiftProtobuf

/// `events [VM]`
struct EventsCommand: FollowingCommand {
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

  var follows: Bool { follow }

  func show(from place: FollowedPlace, on node: NodeConnection) async throws -> Bool {
    var request = try request(now: place.began)
    if let seen = place.seen { request.after = seen }
    try await node.call("read events", vm ?? "", within: follow ? nil : NodeConnection.quick) { callOptions in
      try await node.events.stream(request, options: callOptions) { response in
        place.begin(response)
        for try await event in response.messages {
          try Standard.output.write(try EventView(event).text(options.format))
          place.seen = event.sequence
        }
      }
    }
    return true
  }

  private func request(now: Date) throws(Failure) -> Procurator_Node_V1_EventsRequest {
    var request = Procurator_Node_V1_EventsRequest()
    request.vm = vm ?? ""
    request.follow = follow
    if let since { request.since = .init(try EventTime.parse(since, now: now)) }
    request.last = lines ?? (since == nil ? 100 : 0)
    return request
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
      .invalid, operation: "read time", object: text, cause: "it is neither an age nor a time",
      remedy: "write 90s, 10m, 2h, 1d or 2026-11-21T03:04:05Z")
  }
}
