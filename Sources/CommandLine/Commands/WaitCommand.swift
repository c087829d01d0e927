import ArgumentParser
import Failure
import NodeAPI
import NodeClient
import Text

/// `wait VM --state STATE`
struct WaitCommand: NodeCommand {
  /// What can be waited for: the life-cycle states, and a guest whose agent answers.
  static let states = [
    "pending", "starting", "running", "paused", "stopping", "stopped", "failed", "migrating", "agent",
  ]

  static let configuration = CommandConfiguration(
    commandName: "wait", abstract: "Wait until a VM is in a state.",
    discussion: "Ends with status 124 when the time has passed, 1 when the state cannot be reached any more.")

  @OptionGroup var options: GlobalOptions
  @Option(
    help: ArgumentHelp(
      "States, any of which will do: \(WaitCommand.states.joined(separator: " ")).", valueName: "state,…"),
    completion: .list(WaitCommand.states))
  var state = "running"
  @Option(help: ArgumentHelp("How long to wait.", valueName: "seconds")) var timeout: UInt32 = 60
  @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String

  func validate() throws {
    if let unknown = wanted.first(where: { !Self.states.contains($0) }) ?? (wanted.isEmpty ? state : nil) {
      throw ValidationError("'\(unknown)' is no state; known are \(Self.states.joined(separator: ", ")).")
    }
  }

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    try await node.wait(for: vm, states: wanted, seconds: timeout)
    return .success
  }

  private var wanted: [String] { state.split(separator: ",").map(String.init) }
}

extension NodeConnection {
  /// Waits until the VM is in one of the states.
  ///
  /// - Throws: a `Failure` of code `timeout`, with the reason of the state that it is in instead.
  package func wait(for vm: String, states: [String], seconds: UInt32) async throws {
    let request = Procurator_Node_V1_WaitRequest.with {
      $0.vm = vm
      $0.states = states
      $0.timeoutSeconds = max(1, seconds)
    }
    // The supervisor answers in time by itself, with the state that the VM was in then.
    let deadline = Duration.seconds(Int64(seconds) + 10)
    let reply = try await call("wait for VM", vm, within: deadline) {
      try await node.waitForState(request, options: $0)
    }
    if reply.reached { return }
    let why = reply.hasWhy ? reply.why.failure : nil
    throw Failure(
      .timeout, operation: "wait for VM", object: vm,
      cause:
        "it is \(reply.state) after \(Quantity.duration(UInt64(seconds))), not \(states.joined(separator: " or "))"
        + (why.map { ": \($0.cause)" } ?? ""),
      remedy: why.flatMap { $0.remedy.isEmpty ? nil : $0.remedy } ?? "`vmsupervisor status \(vm)` tells its history")
  }
}
