/// What somebody else has changed about a TAP, in words that go on "it".
package enum TapFault: Hashable, Sendable {
  case unplugged, down, port, ipv6, unlocated, alias
  /// Largest packet in bytes that it had.
  case mtu(UInt32)
  /// Bytes per second that it was limited to; 0 for no limit.
  case rate(UInt64)

  /// The words.
  package var text: String {
    switch self {
    case .unplugged: "was not in its bridge"
    case .down: "was down"
    case .port: "was another kind of port: isolation, learning or flooding"
    case .ipv6: "had the host's IPv6"
    case .unlocated: "had no static entry in its bridge"
    case .alias: "did not bear the name of its owner"
    case .mtu(let mtu): "had the MTU \(mtu)"
    case .rate(let rate): rate == 0 ? "was not limited" : "was limited to \(rate) bytes a second"
    }
  }
}
