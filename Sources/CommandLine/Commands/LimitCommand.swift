import ArgumentParser
import NodeAPI
import NodeClient
import Text
import VMSpec

/// `limit VM`
struct LimitCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "limit", abstract: "Show or change what a VM may take of its host.",
    discussion: """
      Changes are written into the VM's specification and hold at once, without a restart. `none` takes a limit away.
      """)

  /// Its options by the fields that they fill.
  private static let fields = [
    "cpu_thousandths": "--cpu", "cpu_weight": "--cpu-weight", "memory_overhead_bytes": "--memory-overhead",
    "io_weight": "--io-weight", "tasks": "--tasks", "disks.iops": "--iops", "disks.throughput": "--throughput",
  ]

  @OptionGroup var options: GlobalOptions
  @Option(help: ArgumentHelp("Time of the host's processors, such as 1.5.", valueName: "processors"))
  var cpu: ProcessorsArgument?
  @Option(help: ArgumentHelp("Share when processors are scarce, 1 to 10000; others have 100.", valueName: "weight"))
  var cpuWeight: CountArgument?
  @Option(help: ArgumentHelp("Memory of the hypervisor beside the guest's, such as 256MiB.", valueName: "size"))
  var memoryOverhead: RateArgument?
  @Option(help: ArgumentHelp("Reads and writes of a disk per second: DISK=COUNT.", valueName: "limit"))
  var iops: [DiskCountArgument] = []
  @Option(help: ArgumentHelp("Bytes of a disk per second: DISK=SIZE, such as disk0=50MiB.", valueName: "limit"))
  var throughput: [DiskSizeArgument] = []
  @Option(help: ArgumentHelp("Share when disks are scarce, 1 to 10000; others have 100.", valueName: "weight"))
  var ioWeight: CountArgument?
  @Option(help: ArgumentHelp("Threads of the hypervisor.", valueName: "count")) var tasks: CountArgument?
  @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    let change = Procurator_Node_V1_LimitsChange.with {
      $0.vm = vm
      if let cpu { $0.cpuThousandths = cpu.thousandths }
      if let cpuWeight { $0.cpuWeight = cpuWeight.count }
      if let memoryOverhead { $0.memoryOverheadBytes = memoryOverhead.bytes }
      if let ioWeight { $0.ioWeight = ioWeight.count }
      if let tasks { $0.tasks = tasks.count }
      $0.disks = iops.map(\.message) + throughput.map(\.message)
    }
    let reply = try await node.call("change the limits of VM", vm, options: Self.fields) {
      try await node.limits.setLimits(change, options: $0)
    }
    for warning in reply.warnings { options.remark("\(reply.name): \(warning)") }
    let view = LimitsView(reply)
    try options.show(view, table: view.text(), names: view.names())
    return .success
  }
}

/// `balloon VM SIZE`
struct BalloonCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "balloon", abstract: "Ask a guest to live with less of its memory, or give it back.",
    discussion: """
      The guest takes its time, and one without a balloon driver does nothing. `status` shows what it has. After its next \
      start it has all of it again.
      """)
  static let needsRunningVM = true

  @OptionGroup var options: GlobalOptions
  @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String
  @Argument(help: "What the guest is to have, from 64MiB to its whole memory.") var size: SizeArgument

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    let request = Procurator_Node_V1_BalloonRequest.with {
      $0.vm = vm
      $0.bytes = size.bytes
    }
    let reply = try await node.call("set the balloon of VM", vm) {
      try await node.limits.setBalloon(request, options: $0)
    }
    let view = LimitsView(reply)
    try options.show(view, table: view.text(), names: view.names())
    return .success
  }
}

/// `capacity`
struct CapacityCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "capacity", abstract: "Show what this host can give to VMs, and what it has promised.")

  @OptionGroup var options: GlobalOptions

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    let reply = try await node.call("show capacity") { try await node.limits.capacity(.init(), options: $0) }
    let view = CapacityView(reply)
    try options.show(view, table: view.text(headings: !options.noHeaders), names: "")
    return .success
  }
}

/// Processors with up to three decimals, or `none`.
struct ProcessorsArgument: ExpressibleByArgument, Hashable, Sendable {
  /// 0 for no limit.
  var thousandths: UInt32

  init?(argument: String) {
    if argument == "none" {
      thousandths = 0
    } else if let number = Thousandths.parse(argument), number > 0, let fitting = UInt32(exactly: number) {
      thousandths = fitting
    } else {
      return nil
    }
  }
}

/// A number above 0, or `none`.
struct CountArgument: ExpressibleByArgument, Hashable, Sendable {
  /// 0 for no limit.
  var count: UInt32

  init?(argument: String) {
    if argument == "none" {
      count = 0
    } else if let number = UInt32(argument), number > 0 {
      count = number
    } else {
      return nil
    }
  }
}

/// A size with a unit.
struct SizeArgument: ExpressibleByArgument, Hashable, Sendable {
  var bytes: UInt64

  init?(argument: String) {
    guard let bytes = Size.bytes(argument), bytes > 0 else { return nil }
    self.bytes = bytes
  }
}

/// `DISK=COUNT`
struct DiskCountArgument: ExpressibleByArgument, Hashable, Sendable {
  var message: Procurator_Node_V1_DiskChange

  init?(argument: String) {
    guard let equals = argument.lastIndex(of: "="), equals != argument.startIndex,
      let limit = CountArgument(argument: String(argument[argument.index(after: equals)...]))
    else { return nil }
    message = .with {
      $0.disk = String(argument[..<equals])
      $0.iops = limit.count
    }
  }
}

/// `DISK=SIZE`
struct DiskSizeArgument: ExpressibleByArgument, Hashable, Sendable {
  var message: Procurator_Node_V1_DiskChange

  init?(argument: String) {
    guard let equals = argument.lastIndex(of: "="), equals != argument.startIndex,
      let limit = RateArgument(argument: String(argument[argument.index(after: equals)...]))
    else { return nil }
    message = .with {
      $0.disk = String(argument[..<equals])
      $0.throughput = limit.bytes
    }
  }
}
