import NodeAPI
import Text
import VMSpec

/// One network card with its rules, as `status` and `network` show it.
struct NICView: Encodable, Hashable, Sendable {
  var nic: UInt32 = 0
  var network = ""
  var model = ""
  var tap = ""
  var mac = ""
  var address = ""
  var address6 = ""
  var gateway = ""
  var attached = false
  var listed = false
  var allowedDomains: [String] = []
  var allowedAddresses: [String] = []
  var sendBytesPerSecond: UInt64 = 0
  var receiveBytesPerSecond: UInt64 = 0
  var forwards: [ForwardView] = []

  enum CodingKeys: String, CodingKey {
    case nic, network, model, tap, mac, address, address6, gateway, attached, listed
    case allowedDomains = "allowed_domains"
    case allowedAddresses = "allowed_addresses"
    case sendBytesPerSecond = "send_bytes_per_second"
    case receiveBytesPerSecond = "receive_bytes_per_second"
    case forwards
  }

  init(_ port: Limiquantix_Node_V1_PortStatus) {
    nic = port.nic
    network = port.network
    model = port.model
    tap = port.tap
    mac = port.mac
    address = port.address
    address6 = port.address6
    gateway = port.gateway
    attached = port.attached
    listed = port.listed
    allowedDomains = port.allowedDomains
    allowedAddresses = port.allowedAddresses
    sendBytesPerSecond = port.sendBytesPerSecond
    receiveBytesPerSecond = port.receiveBytesPerSecond
    forwards = port.forwards.map(ForwardView.init)
  }

  /// Labels and values for people; what is as usual is left out.
  var facts: [(String, String)] {
    let parts = [network, tap, address, address6, mac, model == "virtio" ? "" : model].filter { !$0.isEmpty }
    var facts = [("Nic \(nic)", parts.joined(separator: "  ") + (attached ? "" : "  (not attached)"))]
    if listed {
      let allowed = (allowedDomains + allowedAddresses).joined(separator: ", ")
      facts.append(("Reaches", allowed.isEmpty ? "nothing (isolated)" : "only \(allowed)"))
    }
    var limits: [String] = []
    if sendBytesPerSecond > 0 { limits.append("sends \(Size.text(sendBytesPerSecond))/s") }
    if receiveBytesPerSecond > 0 { limits.append("receives \(Size.text(receiveBytesPerSecond))/s") }
    if !limits.isEmpty { facts.append(("Limits", limits.joined(separator: ", "))) }
    if !forwards.isEmpty { facts.append(("Forwards", forwards.map(\.text).joined(separator: " "))) }
    return facts
  }
}

/// A way from a port of the host to a port of the guest.
struct ForwardView: Encodable, Hashable, Sendable {
  var proto: String
  var guestPort: UInt32
  var hostPort: UInt32
  var automatic: Bool

  enum CodingKeys: String, CodingKey {
    case proto = "protocol"
    case guestPort = "guest_port"
    case hostPort = "host_port"
    case automatic
  }

  init(_ forward: Limiquantix_Node_V1_PortForward) {
    proto = forward.protocol
    guestPort = forward.guestPort
    hostPort = forward.hostPort
    automatic = forward.automatic
  }

  /// `2222:22/tcp`; a port of the host that is not chosen yet is `*`.
  var text: String { "\(hostPort == 0 ? "*" : "\(hostPort)"):\(guestPort)/\(proto)" }
}

/// The result of `network`.
struct NetworkView: Encodable, Sendable {
  var schema = Document.schema
  var vm: String
  var nic: NICView

  /// `Label: value` lines.
  func text() -> String {
    var facts = nic.facts
    if !nic.listed { facts.insert(("Reaches", "what the network permits"), at: 1) }
    return facts.map { label, value in
      String(repeating: " ", count: max(0, 8 - label.count)) + "\(label): \(HarmlessText.line(value))\n"
    }.joined()
  }

  /// One forward a line.
  func names() -> String { nic.forwards.map { "\($0.text)\n" }.joined() }
}
