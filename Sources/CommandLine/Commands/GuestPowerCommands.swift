import ArgumentParser
import struct Life.LifeCycle
import NodeAPI
import NodeClient

/// `pause VM…`
struct PauseCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Halt guests with their memory kept.",
    discussion: "A halted guest takes no processor time and hears nothing; its network connections may time out.")

  @OptionGroup var options: GlobalOptions
  @Argument(help: "Names or ids, or prefixes of them that are unique.", completion: .vms) var vms: [String]

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    try await each(of: vms, done: "paused") { vm in
      try await node.call("pause VM", vm) { _ = try await node.daemon.pauseVM(.with { $0.vmID = vm }, options: $0) }
    }
  }
}

/// `resume VM…`
struct ResumeCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Let halted guests go on.",
    discussion: "A guest whose agent listens is told the time, which stood still for it.")

  @OptionGroup var options: GlobalOptions
  @Argument(help: "Names or ids, or prefixes of them that are unique.", completion: .vms) var vms: [String]

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    try await each(of: vms, done: "resumed") { vm in
      try await node.call("resume VM", vm) { _ = try await node.daemon.resumeVM(.with { $0.vmID = vm }, options: $0) }
    }
  }
}

/// `reboot VM…`
struct RebootCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "reboot", abstract: "Start guests again.",
    discussion: """
      The guest agent is asked first, then the power button is pressed; a guest that powers off is switched on again. One \
      that has not obeyed when the time is up is reset, which is said and makes the exit status 6. The hypervisor stays, and with it address, disks and console.
      """)

  @OptionGroup var options: GlobalOptions
  @Flag(help: "Press the reset button at once.") var hard = false
  @Option(help: ArgumentHelp("How long a guest may take.", valueName: "seconds"))
  var timeout = UInt32(LifeCycle.stopGrace.components.seconds)
  @Argument(help: "Names or ids, or prefixes of them that are unique.", completion: .vms) var vms: [String]

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    let (hard, timeout) = (hard, timeout)
    // The supervisor's own answer comes first, because it says more than ours would.
    let deadline = Duration.seconds(Int64(timeout) + 30)
    return try await eachGuest(of: vms, done: "rebooted") { vm in
      let request = Procurator_Node_V1_RebootRequest.with {
        $0.vm = vm
        $0.hard = hard
        // 0 means "the supervisor's default" on the wire.
        $0.timeoutSeconds = max(1, timeout)
      }
      let reply = try await node.call("reboot VM", vm, within: deadline) {
        try await node.life.reboot(request, options: $0)
      }
      return reply.hasCut ? FailureView(reply.cut) : nil
    }
  }
}
