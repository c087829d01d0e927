import CMnl

/// How a port of a bridge behaves (IFLA_BRPORT_*, linux/if_link.h).
public struct BridgePort: Hashable, Sendable {
  /// Whether it exchanges frames only with ports that are not isolated.
  public var isIsolated: Bool
  /// Whether the bridge learns from its frames which addresses are behind it.
  public var isLearning: Bool
  /// Whether frames to a single address that the bridge does not know go there too.
  public var isFlooded: Bool

  /// Makes one; without arguments a port as the kernel makes them.
  public init(isIsolated: Bool = false, isLearning: Bool = true, isFlooded: Bool = true) {
    self.isIsolated = isIsolated
    self.isLearning = isLearning
    self.isFlooded = isFlooded
  }

  init(_ options: AttributeWalk) {
    self.init()
    for option in options {
      switch option.type {
      case IFLA_BRPORT_ISOLATED: isIsolated = option.isOn
      case IFLA_BRPORT_LEARNING: isLearning = option.isOn
      case IFLA_BRPORT_UNICAST_FLOOD: isFlooded = option.isOn
      default: break
      }
    }
  }

  func put(_ message: inout MessageBuilder) {
    message.nest(IFLA_LINKINFO) { info in
      info.text(IFLA_INFO_SLAVE_KIND, "bridge")
      info.nest(IFLA_INFO_SLAVE_DATA) { data in
        data.byte(IFLA_BRPORT_ISOLATED, isIsolated ? 1 : 0)
        data.byte(IFLA_BRPORT_LEARNING, isLearning ? 1 : 0)
        data.byte(IFLA_BRPORT_UNICAST_FLOOD, isFlooded ? 1 : 0)
      }
    }
  }
}
