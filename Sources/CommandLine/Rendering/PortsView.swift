import NodeAPI

/// The result of `ports`.
struct PortsView: Encodable, Sendable {
  var schema = Document.schema
  var ports: [Port]

  /// One port; the published layout.
  struct Port: Encodable, Hashable, Sendable {
    var vmID = ""
    var vmName = ""
    var nic: UInt32 = 0
    var network = ""
    var shard: UInt32 = 0
    var bridge = ""
    var tap = ""
    var mac = ""
    var address = ""
    var address6 = ""
    var gateway = ""
    var attached = false
    var state = ""
    var ageSeconds: UInt32 = 0
    var forwards: [ForwardView] = []

    enum CodingKeys: String, CodingKey {
      case vmID = "vm_id"
      case vmName = "vm_name"
      case nic, network, shard, bridge, tap, mac, address, address6, gateway, attached, state, forwards
      case ageSeconds = "age_seconds"
    }
  }

  init(_ reply: Procurator_Node_V1_PortsReply) {
    ports = reply.ports.map { port in
      Port(
        vmID: port.vmID, vmName: port.vmName, nic: port.nic, network: port.network, shard: port.shard,
        bridge: port.bridge, tap: port.tap, mac: port.mac, address: port.address, address6: port.address6,
        gateway: port.gateway, attached: port.attached, state: port.state, ageSeconds: port.ageSeconds,
        forwards: port.forwards.map(ForwardView.init).sorted { $0.text < $1.text })
    }
    ports.sort { ($0.network, $0.vmName, $0.vmID, $0.nic) < ($1.network, $1.vmName, $1.vmID, $1.nic) }
  }

  /// One line per port.
  func table() -> Table {
    var table = Table(headings: [
      "TAP", "NETWORK", "VM", "NIC", "ADDRESS", "IPV6", "MAC", "BRIDGE", "STATE", "FORWARDS",
    ])
    table.rows = ports.map { port in
      let owner = port.vmName.isEmpty ? port.vmID : port.vmName
      let state = port.state.isEmpty ? (port.attached ? "active" : "kept") : port.state
      return [
        port.tap, port.network, owner, "\(port.nic)", port.address, port.address6, port.mac, port.bridge, state,
        port.forwards.map(\.text).joined(separator: " "),
      ]
    }
    return table
  }

  /// One TAP a line.
  func names() -> String { ports.map { "\($0.tap)\n" }.joined() }
}
