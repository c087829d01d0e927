package import Failure
import FoundationEssentials
import GRPCCore
package import Hypervisor
import NodeAPI
import NodeCore
import Text

/// `procurator.node.v1.Guest`: programs in guests, with their bytes.
struct GuestService: Procurator_Node_V1_Guest.SimpleServiceProtocol {
  let fleet: Fleet

  init(fleet: Fleet) {
    self.fleet = fleet
  }

  static let operation = "run in guest"
  /// How long a program may take when the caller does not say.
  static let usualTimeout: UInt32 = 60
  /// Bytes of output in one message.
  private static let part = 64 << 10

  func execute(
    request: RPCAsyncSequence<Procurator_Node_V1_ExecuteInput, any Error>,
    response: RPCWriter<Procurator_Node_V1_ExecuteOutput>, context: ServerContext
  ) async throws {
    try await whileCalled(context.cancellation) {
      var messages = request.makeAsyncIterator()
      guard case .open(let open)? = try await messages.next()?.kind else {
        throw Failure(
          .protocol, operation: Self.operation, cause: "the first message has to say what to run",
          remedy: "send `open` first"
        ).status
      }
      // Before the input is read: of what cannot be done nobody should have to send 4 MiB.
      let agent = try await refusing { try await fleet.agent(open.vm, Self.operation) }
      var program = GuestProgram(
        open.command, arguments: open.args, environment: open.environment.map { "\($0.key)=\($0.value)" })
      while let message = try await messages.next() {
        guard case .data(let data)? = message.kind else {
          throw Failure(
            .protocol, operation: Self.operation, cause: "a second program in one call", remedy: "call once for each"
          )
          .status
        }
        program.input += data
        if program.input.count > GuestInput.most { break }
      }
      let seconds = open.timeoutSeconds == 0 ? Self.usualTimeout : open.timeoutSeconds
      try await refusing { try await run(program, by: agent, for: .seconds(Int64(seconds)), response) }
    }
  }

  private func run(
    _ program: GuestProgram, by agent: GuestAgent, for timeout: Duration,
    _ response: RPCWriter<Procurator_Node_V1_ExecuteOutput>
  ) async throws {
    let notice =
      "\(program.path) has ended, but a program that it started still holds its output; the guest's agent gives output "
      + "and exit status when that one ends"
    let outcome = try await agent.run(program, timeout: timeout) {
      // Who has left hears nothing; that is seen elsewhere.
      try? await response.write(.with { $0.notice = notice })
    }
    var end = Procurator_Node_V1_ExecuteEnd()
    switch outcome {
    case .ended(let result):
      for part in result.output.parts(of: Self.part) { try await response.write(.with { $0.stdout = Data(part) }) }
      for part in result.errors.parts(of: Self.part) { try await response.write(.with { $0.stderr = Data(part) }) }
      end.exitCode = result.shellStatus
      end.stdoutTruncated = result.isOutputTruncated
      end.stderrTruncated = result.areErrorsTruncated
    case .notStarted(let refusal):
      end.notStarted = true
      end.exitCode = refusal.shellStatus
      end.cause = refusal.words
    case .late(let delay):
      end.timedOut = true
      end.cause = delay.failure(program.path, timeout).cause
      if case .outputHeld = delay { end.outputHeld = true }
    }
    let last = end
    try await response.write(.with { $0.end = last })
  }
}

extension [UInt8] {
  /// The bytes in pieces of at most that many.
  fileprivate func parts(of count: Int) -> [ArraySlice<UInt8>] {
    stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
  }
}

extension Fleet {
  /// The agent of a running guest.
  package func agent(_ reference: String, _ operation: String) async throws(Failure) -> GuestAgent {
    let vm = try find(reference, operation: operation)
    guard let agent = await vm.agent else {
      let state = await vm.life.state
      if await !vm.record.spec.agent, state == .running || state == .paused {
        throw Failure(
          .unsupported, operation: operation, object: vm.name, cause: "it has no guest agent port",
          remedy: "set agent: true in its spec")
      }
      throw await vm.notRunning(operation)
    }
    guard await vm.life.agentConnected else {
      throw Failure(
        .state, operation: operation, object: vm.name, cause: "its guest agent is not connected",
        remedy: "wait for it: vmsupervisor wait \(vm.name) --state agent; or install qemu-guest-agent in the guest")
    }
    if let refusal = await vm.frozen(operation) {
      // It could not go down.
      guard operation == Self.goingDown else { throw refusal }
      await vm.release("the guest is to go down")
    }
    // What somebody does in a guest is worth knowing; whether the agent is there is not.
    if let what = Self.deeds[operation] { await vm.tell(what, kind: .access) }
    return agent
  }

  /// What a guest does though its file systems are frozen: they are thawed for it.
  package static let goingDown = "shut guest down"

  /// What is done through the agent, by step, in words for the log.
  private static let deeds = [
    GuestService.operation: "program run in the guest", "write guest's file": "file written in the guest",
    "read guest's file": "file read in the guest", "set guest's clock": "guest's clock set",
    goingDown: "guest asked to shut down",
  ]
}
