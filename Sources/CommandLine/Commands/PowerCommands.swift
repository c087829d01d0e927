import ArgumentParser
import struct Life.LifeCycle
import NodeAPI
import NodeClient

/// `start VM…`
struct StartCommand: NodeCommand {
  static let configuration = CommandConfiguration(commandName: "start", abstract: "Start VMs that exist.")

  @OptionGroup var options: GlobalOptions
  @Flag(help: Self.strictHelp) var strict = false
  @Argument(help: "Names or ids, or prefixes of them that are unique.", completion: .vms) var vms: [String]

  static let strictHelp: ArgumentHelp = "Refuse to run it, now and later, with a layer of confinement missing."

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    let (options, strict) = (options, strict)
    return try await each(of: vms, done: "started") { vm in
      let request = Limiquantix_Node_V1_VMIdRequest.with {
        $0.vmID = vm
        $0.strict = strict
      }
      try await node.call("start VM", vm, within: NodeConnection.slow) {
        _ = try await node.daemon.startVM(request, options: $0)
      }
      let status = try await node.call("show VM", vm) {
        try await node.daemon.getVMStatus(.with { $0.vmID = vm }, options: $0)
      }
      options.remarkWarnings(of: VMView(status))
    }
  }
}

/// `stop VM…`
struct StopCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop", abstract: "Ask guests to power off, and wait until they have.",
    discussion: """
      The guest agent is asked first, then the power button is pressed. A guest that has not obeyed when the time is up \
      is ended as if its power was cut, which is said and makes the exit status 6. Both requests are repeated until then; a \
      paused guest hears neither, and is cut at once.
      """)

  @OptionGroup var options: GlobalOptions
  @Option(help: ArgumentHelp("How long a guest may take.", valueName: "seconds"))
  var timeout = UInt32(LifeCycle.stopGrace.components.seconds)
  @Argument(help: "Names or ids, or prefixes of them that are unique.", completion: .vms) var vms: [String]

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    let timeout = timeout
    // The supervisor's own answer comes first, because it says more than ours would.
    let deadline = Duration.seconds(Int64(timeout) + 15)
    return try await eachGuest(of: vms, done: "stopped") { vm in
      let request = Procurator_Node_V1_StopRequest.with {
        $0.vm = vm
        // 0 means "the supervisor's default" on the wire.
        $0.timeoutSeconds = max(1, timeout)
      }
      let reply = try await node.call("stop VM", vm, within: deadline) {
        try await node.life.stop(request, options: $0)
      }
      return reply.hasCut ? FailureView(reply.cut) : nil
    }
  }
}

/// `quiesce`
struct QuiesceCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "quiesce", abstract: "Power off all guests because the host goes down.",
    discussion: """
      As `stop` does, but what should run still should: it is started with the host if its restart policy says so. The \
      unit procurator-guests.service calls it when the host is shut down.
      """)

  @OptionGroup var options: GlobalOptions
  @Option(help: ArgumentHelp("How long guests may take.", valueName: "seconds")) var timeout: UInt32 = 60

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    let request = Procurator_Node_V1_QuiesceRequest.with { $0.timeoutSeconds = max(1, timeout) }
    let reply = try await node.call("quiesce", within: .seconds(Int64(timeout) + 30)) {
      try await node.life.quiesce(request, options: $0)
    }
    let cuts = Dictionary(reply.cut.map { ($0.vm, FailureView($0.why)) }) { first, _ in first }
    let view = ActionView(results: reply.ended.map { .init(vm: $0, done: "powered off", cut: cuts[$0]) })
    try options.show(view, table: view.text(), names: view.names())
    return cuts.isEmpty ? .success : .cut
  }
}

/// `nmi VM…`
struct NMICommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "nmi", abstract: "Raise a non-maskable interrupt in guests.",
    discussion: """
      It reaches a kernel that hears nothing else. What the guest does then is set in the guest: Linux notes it, and with \
      `sysctl kernel.unknown_nmi_panic=1` panics, which writes a dump where kdump is set up. A paused guest has it when it \
      is resumed.
      """)
  static let needsRunningVM = true

  @OptionGroup var options: GlobalOptions
  @Argument(help: "Names or ids, or prefixes of them that are unique.", completion: .vms) var vms: [String]

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    try await each(of: vms, done: "interrupted") { vm in
      try await node.call("inject an NMI into VM", vm) {
        _ = try await node.operations.injectNMI(.with { $0.vm = vm }, options: $0)
      }
    }
  }
}

/// `kill VM…`
struct KillCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "kill", abstract: "End VMs at once, as if their power was cut.")

  @OptionGroup var options: GlobalOptions
  @Argument(help: "Names or ids, in full.", completion: .vms) var vms: [String]

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    try await each(of: vms, done: "killed") { vm in
      try await node.call("kill VM", vm) { _ = try await node.daemon.forceStopVM(.with { $0.vmID = vm }, options: $0) }
    }
  }
}
