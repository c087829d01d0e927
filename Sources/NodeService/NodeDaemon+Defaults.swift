import Failure
import NodeAPI
import NodeCore

/// What the contract lets a node fill in: the network of a bridge, and a card and a drive where none is asked for.
extension NodeDaemon {
  /// A request by the contract's message with everything said. A document stays as it is.
  /// - Returns: also what was added, in words; empty if nothing was.
  func completed(
    _ request: Limiquantix_Node_V1_CreateVMOnNodeRequest
  ) async throws(Failure) -> (request: Limiquantix_Node_V1_CreateVMOnNodeRequest, added: [String]) {
    guard request.hasSpec, request.document.isEmpty else { return (request, []) }
    var request = request
    let networks = request.spec.asksForNetworks ? try await fleet.context.netd.networks() : NodeNetworks(names: [])
    let added = try request.spec.complete(networks, vm: request.name)
    return (request, added)
  }

  /// A network card whose bridge, if it names one, has become a network.
  func resolved(
    _ nic: Limiquantix_Node_V1_NicSpec, vm: String
  ) async throws(Failure) -> Limiquantix_Node_V1_NicSpec {
    guard !nic.bridge.isEmpty else { return nic }
    var nic = nic
    try nic.resolveBridge(try await fleet.context.netd.networks(), "attach NIC", object: "\(vm): bridge")
    return nic
  }
}

extension Limiquantix_Node_V1_VMSpec {
  /// The network that a card is on if nothing is said.
  static let usualNetwork = "default"
  /// The drive that a VM gets if none is asked for.
  static let usualDrive = "cdrom-0"

  /// Whether it takes netd's word to complete it.
  var asksForNetworks: Bool { (nics.isEmpty && !withoutDefaults) || nics.contains { !$0.bridge.isEmpty } }

  /// Puts networks in the place of bridges, and adds what is usual where there is nothing.
  /// - Returns: what was added, in words.
  mutating func complete(_ networks: NodeNetworks, vm: String) throws(Failure) -> [String] {
    for index in nics.indices where !nics[index].bridge.isEmpty {
      try nics[index].resolveBridge(networks, "create", object: "\(vm): nics[\(index)].bridge")
    }
    guard !withoutDefaults else { return [] }
    var added: [String] = []
    if nics.isEmpty {
      guard networks.names.contains(Self.usualNetwork) else {
        let known = networks.names.isEmpty ? "none" : networks.names.joined(separator: ", ")
        throw Failure(
          .state, part: .network, operation: "create", object: "\(vm): nics",
          cause:
            "without any the VM gets a card on the network \(Self.usualNetwork), and there is no such network; there "
            + "are: \(known)",
          remedy: "name a network in nics, or set without_defaults for a VM without a card, or have root add "
            + "[Network \(Self.usualNetwork)] to netd.conf")
      }
      nics = [.with { $0.network = Self.usualNetwork }]
      added.append("a network card on the network \(Self.usualNetwork)")
    }
    if cdroms.isEmpty {
      cdroms = [.with { $0.id = Self.usualDrive }]
      added.append("the empty drive \(Self.usualDrive)")
    }
    return added
  }
}

extension Limiquantix_Node_V1_NicSpec {
  /// Takes the network that a bridge of netd's is of; where both are named, the bridge counts.
  fileprivate mutating func resolveBridge(
    _ networks: NodeNetworks, _ operation: String, object: String
  ) throws(Failure) {
    guard let name = networks.bridges[bridge] else {
      let known = networks.bridges.sorted { $0.key < $1.key }.map { "\($0.key) (network \($0.value))" }
      throw Failure(
        .state, part: .network, operation: operation, object: object,
        cause: "`\(bridge)` is no bridge of netd's, which alone gives VMs their ports; there are: "
          + (known.isEmpty ? "none" : known.joined(separator: ", ")),
        remedy: "leave bridge out and name a network, or have root make one of it: Bridge= or Uplink= in netd.conf")
    }
    network = name
    bridge = ""
  }
}
