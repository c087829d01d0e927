import ArgumentParser
import NodeAPI
import NodeClient
import VMSpec

/// `network VM`
struct NetworkCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "network", abstract: "Show or change what a VM's network card may reach and how it is reached.",
    discussion: """
      Changes are written into the VM's specification and hold at once, without a restart. The first domain or address \
      that is allowed closes everything else.
      """)

  /// Its options by the fields that they fill.
  static let fields = [
    "allow_domains": "--allow-domain", "allow_addresses": "--allow-address",
    "disallow_domains": "--disallow-domain", "disallow_addresses": "--disallow-address",
    "open": "--forward", "close": "--unforward", "send_bytes_per_second": "--limit-send",
    "receive_bytes_per_second": "--limit-receive", "nic": "--nic",
  ]

  @OptionGroup var options: GlobalOptions
  @Option(help: ArgumentHelp("Which network card, from 0.", valueName: "index")) var nic: UInt32 = 0
  @Flag(help: "Reach nothing but what is allowed from here on.") var isolate = false
  @Flag(help: "Reach what the network permits: forget all that was allowed.") var open = false
  @Option(help: ArgumentHelp("Let it reach a domain and everything below it.", valueName: "domain"))
  var allowDomain: [String] = []
  @Option(help: ArgumentHelp("Let it reach addresses: ADDRESS[/PREFIX][:PORT[-PORT]][/tcp|/udp].", valueName: "range"))
  var allowAddress: [String] = []
  @Option(help: ArgumentHelp("Take a domain off the list.", valueName: "domain")) var disallowDomain: [String] = []
  @Option(help: ArgumentHelp("Take addresses off the list.", valueName: "range")) var disallowAddress: [String] = []
  @Option(
    help: ArgumentHelp(
      "Lead a port of the host, or any free one, to one of the guest: [HOST:]GUEST[/tcp|/udp].", valueName: "ports"))
  var forward: [ForwardArgument] = []
  @Option(help: ArgumentHelp("Close such a way; without HOST, all to that port.", valueName: "ports"))
  var unforward: [ForwardArgument] = []
  @Option(help: ArgumentHelp("Bytes per second that it may send, such as 10MiB; none for no limit.", valueName: "size"))
  var limitSend: RateArgument?
  @Option(help: ArgumentHelp("Bytes per second that it may receive.", valueName: "size"))
  var limitReceive: RateArgument?
  @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String

  func validate() throws {
    if isolate && open { throw ValidationError("--isolate and --open exclude each other.") }
  }

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    let change = Procurator_Node_V1_NetworkChange.with {
      $0.vm = vm
      $0.nic = nic
      $0.reach = isolate ? .isolated : open ? .open : .unchanged
      $0.allowDomains = allowDomain
      $0.allowAddresses = allowAddress
      $0.disallowDomains = disallowDomain
      $0.disallowAddresses = disallowAddress
      $0.close = unforward.map(\.message)
      $0.open = forward.map(\.message)
      if let limitSend { $0.sendBytesPerSecond = limitSend.bytes }
      if let limitReceive { $0.receiveBytesPerSecond = limitReceive.bytes }
    }
    let reply = try await node.call("change the network of VM", vm, options: Self.fields) {
      try await node.node.changeNetwork(change, options: $0)
    }
    let view = NetworkView(vm: vm, nic: NICView(reply.nic))
    try options.show(view, table: view.text(), names: view.names())
    return .success
  }
}

/// `[HOST:]GUEST[/tcp|/udp]`
struct ForwardArgument: ExpressibleByArgument, Hashable, Sendable {
  var host: UInt16 = 0
  var guest: UInt16
  var proto = PortProtocol.tcp

  init?(argument: String) {
    var rest = argument[...]
    if let slash = rest.firstIndex(of: "/") {
      guard let named = PortProtocol(rawValue: String(rest[rest.index(after: slash)...])) else { return nil }
      proto = named
      rest = rest[..<slash]
    }
    let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { UInt16($0) }
    guard (1...2).contains(parts.count), numbers.count == parts.count, !numbers.contains(0), let last = numbers.last
    else { return nil }
    guest = last
    if numbers.count == 2 { host = numbers[0] }
  }

  var message: Limiquantix_Node_V1_PortForward {
    .with {
      $0.protocol = proto.rawValue
      $0.guestPort = UInt32(guest)
      $0.hostPort = UInt32(host)
    }
  }
}

/// Bytes per second in the document's units, or `none`.
struct RateArgument: ExpressibleByArgument, Hashable, Sendable {
  /// 0 for no limit.
  var bytes: UInt64

  init?(argument: String) {
    if argument == "none" {
      bytes = 0
    } else if let size = Size.bytes(argument), size > 0 {
      bytes = size
    } else {
      return nil
    }
  }
}
