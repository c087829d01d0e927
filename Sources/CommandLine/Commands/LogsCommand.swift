import ArgumentParser
import NodeAPI
import NodeClient
import Text

/// `logs VM`
struct LogsCommand: FollowingCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Show what a guest wrote to its console.",
    discussion: """
      On a terminal, control characters of the guest are shown instead of obeyed; a pipe gets the bytes. With --follow it \
      goes on until the VM is deleted, also over a restart of the supervisor.
      """)

  @OptionGroup var options: GlobalOptions
  @Flag(name: .shortAndLong, help: "Go on with everything that comes.") var follow = false
  @Option(name: [.customShort("n"), .long], help: ArgumentHelp("How many lines from the past.", valueName: "count"))
  var lines: UInt32 = 100
  @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String

  var follows: Bool { follow }

  func show(from place: FollowedPlace, on node: NodeConnection) async throws -> Bool {
    let request = Procurator_Node_V1_LogsRequest.with {
      $0.vm = vm
      $0.lines = lines
      $0.follow = follow
      if let seen = place.seen { $0.fromOffset = seen }
    }
    let harmless = Standard.output.isTerminal
    try await node.call("read log of VM", vm, within: follow ? nil : NodeConnection.quick) { callOptions in
      try await node.node.followLogs(request, options: callOptions) { response in
        place.begin(response)
        var filter = HarmlessText()
        for try await chunk in response.messages {
          if harmless {
            try Standard.output.write(filter.feed(chunk.data))
          } else {
            try Standard.output.write(Array(chunk.data))
          }
          place.seen = chunk.offset
        }
        try Standard.output.write(filter.finish())
      }
    }
    return false
  }
}
