import CMnl
public import Failure
import Glibc

/// Whether the kernel routes IPv4 packets that come in on an interface (`net.ipv4.conf.NAME.forwarding`).
extension RouteSocket {
  /// Lets the kernel route what comes in there, without `/proc`. Unlike a write to `/proc` this leaves large receive
  /// offload on, which is to be off on hardware that forwards.
  public mutating func enableForwarding(_ name: String) throws(Failure) {
    try kernel.request(RTM_SETLINK, operation: "enable forwarding", object: name) { message in
      message.header(LinkChange().header(index: 0))
      message.text(IFLA_IFNAME, name)
      message.nest(IFLA_AF_SPEC) { family in
        family.nest(Int(AF_INET)) { inet in
          inet.nest(IFLA_INET_CONF) { $0.number(1 /* IPV4_DEVCONF_FORWARDING, linux/ip.h */, 1) }
        }
      }
    }
  }

  /// Numbers of the interfaces whose incoming packets the kernel routes.
  public mutating func forwardingLinks() throws(Failure) -> Set<Int32> {
    let found: [Int32] = try kernel.dump(RTM_GETNETCONF, operation: "list forwarding") { message in
      message.header(netconfmsg(ncm_family: UInt8(AF_INET)))
    } _: { message in
      // The dump ends with the values for all and for new interfaces, whose numbers are negative.
      let (index, isOn) = Self.forwarding(message)
      return isOn && index > 0 ? index : nil
    }
    return Set(found)
  }

  /// Whether the kernel routes what comes in on an interface.
  public mutating func isForwarding(_ name: String) throws(Failure) -> Bool {
    let index = try number(of: name, operation: "look up forwarding")
    var isForwarding = false
    try kernel.exchange(RTM_GETNETCONF, flags: NLM_F_ACK, operation: "look up forwarding", object: name) { message in
      message.header(netconfmsg(ncm_family: UInt8(AF_INET)))
      message.number(Int(NETCONFA_IFINDEX), UInt32(bitPattern: index))
    } _: {
      isForwarding = Self.forwarding($0).isOn
    }
    return isForwarding
  }

  static func forwarding(_ message: MessageReader) -> (index: Int32, isOn: Bool) {
    var (index, isOn): (Int32, Bool) = (0, false)
    for attribute in message.attributes(after: MemoryLayout<netconfmsg>.size) {
      switch attribute.type {
      case Int(NETCONFA_IFINDEX): index = Int32(bitPattern: attribute.number)
      case Int(NETCONFA_FORWARDING): isOn = attribute.number != 0
      default: break
      }
    }
    return (index, isOn)
  }
}
