import ArgumentParser
import Failure
import FoundationEssentials
import NodeAPI
import NodeClient

/// `exec VM -- CMD ARGS`
struct ExecCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec", abstract: "Run a program in a guest, through its agent.",
    discussion: """
      The exit status is the program's own; 128 + N if signal N ended it; 127 if there is no such program, 126 if it cannot \
      be executed; 124 if it took too long. Output comes when the program has ended, byte for byte, up to 16 MiB each of \
      standard output and error; on a terminal, what would steer it is left out. Standard input is passed on with --stdin.
      """)
  static let needsRunningVM = true

  @OptionGroup var options: GlobalOptions
  @Option(help: ArgumentHelp("How long the program may take.", valueName: "seconds")) var timeout: UInt32 = 60
  @Option(help: ArgumentHelp("Where in the guest it runs.", valueName: "directory")) var directory = ""
  @Option(help: ArgumentHelp("Which of the guest's users runs it; otherwise root.", valueName: "name")) var user = ""
  @Flag(
    name: [.customShort("i"), .long],
    help: "Pass standard input on, up to 4 MiB. The program starts when all of it is there.")
  var stdin = false
  @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String
  @Argument(
    parsing: .postTerminator,
    help: ArgumentHelp("The program and its arguments. No shell is involved.", valueName: "command"))
  var command: [String] = []

  /// Time beside the program's own for the way there and for 16 MiB from a slow guest.
  private static let slack = 60

  func validate() throws {
    if command.isEmpty {
      throw ValidationError("What is to be run? Say it after `--`: vmsupervisor exec \(vm) -- uname -a")
    }
    if timeout == 0 { throw ValidationError("--timeout is 1 second at least.") }
  }

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    let input = stdin ? try await StandardInput.all(for: vm) : []
    let opening = Procurator_Node_V1_ExecuteOpen.with {
      $0.vm = vm
      $0.command = command[0]
      $0.args = Array(command.dropFirst())
      $0.timeoutSeconds = timeout
      $0.workingDirectory = directory
      $0.user = user
    }
    let sink = ExecOutput(options.format)
    let end = try await node.call("run a program in VM", vm, within: .seconds(Int64(timeout) + Int64(Self.slack))) {
      try await node.guest.execute(options: $0) { writer in
        try await writer.write(.with { $0.open = opening })
        for start in stride(from: 0, to: input.count, by: 64 << 10) {
          let part = Data(input[start..<min(input.count, start + 64 << 10)])
          try await writer.write(.with { $0.data = part })
        }
      } onResponse: { response in
        for try await message in response.messages {
          switch message.kind {
          case .stdout(let data): try sink.write(Array(data), to: .output)
          case .stderr(let data): try sink.write(Array(data), to: .error)
          case .notice(let words): options.remark(words)
          case .end(let end): return end
          case nil: break
          }
        }
        throw Failure(
          .protocol, operation: "run", object: command[0], cause: "the supervisor's answer ends before the program",
          remedy: "try again; its log tells more")
      }
    }
    try sink.finish(end)
    if !stdin, StandardInput.isWaiting { options.remark("standard input was not passed to the program; add --stdin") }
    return try conclude(end)
  }

  /// Says what there is to say, and ends with the program's status.
  private func conclude(_ end: Procurator_Node_V1_ExecuteEnd) throws -> CommandStatus {
    let streams = [("output", end.stdoutTruncated), ("error", end.stderrTruncated)]
    for (name, isCut) in streams where isCut {
      Diagnostic.write(
        "standard \(name) is not complete: the guest's agent keeps 16 MiB of it, the rest is lost; write it to a file in "
          + "the guest instead")
    }
    if end.timedOut {
      throw Failure(
        .timeout, operation: "run", object: command[0], cause: end.cause,
        remedy: end.outputHeld
          ? "send the output of what stays elsewhere: COMMAND >/dev/null 2>&1 &; or give it more with --timeout"
          : "give it more with --timeout")
    }
    if end.notStarted {
      Diagnostic.write(
        Failure(
          .system, operation: "run", object: command[0], cause: end.cause,
          remedy: "name a program that is there and may be executed in the guest"))
    }
    // What a shell would get to see of it: eight bits.
    throw ExitCode(end.exitCode & 0xff)
  }
}
