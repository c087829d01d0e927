import ArgumentParser
import Failure
import GRPCCore
import Glibc
import NodeAPI
import NodeClient

/// `top`
struct TopCommand: FollowingCommand {
  static let configuration = CommandConfiguration(
    commandName: "top", abstract: "Show what the VMs of this host use, again and again.",
    discussion: """
      On a terminal the table stands still and is refreshed after every collection (MetricsInterval=); elsewhere the \
      tables follow each other. It goes on over a restart of the supervisor. With --output json every update is one line. 100 % is one processor of the host. \
      THROTTLED is the part of the time in which the quota of processor time was used up, PRESSURE what its threads had to \
      wait for most, in the last ten seconds.
      """)

  @OptionGroup var options: GlobalOptions
  @Flag(help: "Show one table and end.") var once = false
  @Option(help: "What comes first: \(TopOrder.allCases.map(\.rawValue).joined(separator: ", ")).")
  var sort: TopOrder = .cpu
  @Option(
    help: ArgumentHelp("Least time between two tables. Default: the supervisor's interval.", valueName: "seconds"))
  var interval: UInt32 = 0

  var follows: Bool { !once }

  func show(from place: FollowedPlace, on node: NodeConnection) async throws -> Bool {
    let request = Procurator_Node_V1_TopRequest.with {
      $0.once = once
      $0.intervalSeconds = interval
    }
    try await node.call("show what VMs use", within: once ? NodeConnection.quick : nil) { callOptions in
      try await node.metrics.top(request, options: callOptions) { response in
        place.begin(response)
        for try await reply in response.messages { try show(TopView(reply, by: sort)) }
      }
    }
    return true
  }

  private func show(_ view: TopView) throws(Failure) {
    if options.format == .json, !once { return try Standard.output.write(try Document.line(view)) }
    let text = view.headline() + "\n" + view.table().text(headings: !options.noHeaders)
    guard options.format == .table, !once else { return try options.show(view, table: text, names: view.names()) }
    guard Standard.output.isTerminal else { return try Standard.output.write(text + "\n") }
    // From the top of the screen, over what is there; what is left of it below goes.
    try Standard.output.write("\u{1b}[H" + Self.fitted(text) + "\u{1b}[J")
  }

  /// The lines that fit on the screen, each with an order to clear what stood behind it.
  private static func fitted(_ text: String) -> String {
    guard let size = Standard.output.size, size.rows > 1 else { return text }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.prefix(size.rows - 1).map { "\($0.prefix(size.columns))\u{1b}[K" }.joined(separator: "\r\n")
  }
}

extension TopOrder: ExpressibleByArgument {}
