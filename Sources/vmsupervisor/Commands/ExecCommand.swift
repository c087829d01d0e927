import ArgumentParser
import Failure
import NodeAPI

/// `exec VM -- CMD ARGS`
struct ExecCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec", abstract: "Run a program in a guest, through its agent.",
    discussion: "The exit status is the program's own; 128 + N if signal N ended it; 124 if it took too long.")
  static let needsRunningVM = true

  @OptionGroup var options: GlobalOptions
  @Option(help: ArgumentHelp("How long the program may take.", valueName: "seconds")) var timeout: UInt32 = 60
  @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String
  @Argument(
    parsing: .postTerminator,
    help: ArgumentHelp("The program and its arguments. No shell is involved.", valueName: "command"))
  var command: [String] = []

  func validate() throws {
    if command.isEmpty {
      throw ValidationError("What is to be run? Say it after `--`: vmsupervisor exec \(vm) -- uname -a")
    }
  }

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    let request = Limiquantix_Node_V1_ExecuteInGuestRequest.with {
      $0.vmID = vm
      $0.command = command[0]
      $0.args = Array(command.dropFirst())
      $0.timeoutSeconds = max(1, timeout)
      $0.waitForExit = true
    }
    let deadline = Duration.seconds(Int64(timeout) + 15)
    let reply = try await node.call("run a program in VM", vm, within: deadline) {
      try await node.daemon.executeInGuest(request, options: $0)
    }
    try Standard.output.write(reply.stdout)
    try Standard.error.write(reply.stderr)
    if reply.timedOut {
      throw Failure(
        .timeout, step: "run", object: command[0],
        cause: "it had not ended after \(Quantity.duration(UInt64(timeout))) and may still run in the guest",
        cure: "give it more with --timeout")
    }
    guard reply.success || reply.error.isEmpty else {
      throw Failure(.system, step: "run", object: command[0], cause: reply.error)
    }
    // What a shell would get to see of it: eight bits.
    throw ExitCode(reply.exitCode & 0xff)
  }
}
