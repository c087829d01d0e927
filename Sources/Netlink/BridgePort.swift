import CMnl

/// How a port of a bridge behaves (IFLA_BRPORT_*, linux/if_link.h).
public struct BridgePort: Hashable, Sendable {
  /// Whether it exchanges frames only with ports that are not isolated.
  public var isIsolated: Bool
  /// Whether the bridge learns from its frames which addresses are behind it.
  public var isLearning: Bool
  /// Whether frames to a single address that the bridge does not know go there too.
  public var isFlooded: Bool
  /// Whether frames may go back where they came from.
  public var isHairpin = false
  /// Whether broadcasts, and multicasts that nobody in particular has asked for, go there.
  public var hasBroadcasts = true
  public var hasMulticasts = true

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
      case IFLA_BRPORT_MODE: isHairpin = option.isOn
      case IFLA_BRPORT_BCAST_FLOOD: hasBroadcasts = option.isOn
      case IFLA_BRPORT_MCAST_FLOOD: hasMulticasts = option.isOn
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
        data.byte(IFLA_BRPORT_MODE, isHairpin ? 1 : 0)
        data.byte(IFLA_BRPORT_BCAST_FLOOD, hasBroadcasts ? 1 : 0)
        data.byte(IFLA_BRPORT_MCAST_FLOOD, hasMulticasts ? 1 : 0)
      }
    }
  }
}

/// What a bridge does with frames beyond forwarding them (IFLA_BR_*, linux/if_link.h). Nil is what its kernel has not, or
/// is left alone.
public struct BridgeOptions: Hashable, Sendable {
  /// Whether it speaks the spanning tree protocol (IEEE 802.1D).
  public var hasSpanningTree: Bool?
  /// Whether it looks at VLAN tags (IEEE 802.1Q).
  public var filtersVLANs: Bool?
  /// Whether it listens to who wants which multicasts.
  public var snoopsMulticasts: Bool?
  /// Which frames to the bridges themselves (01:80:c2:00:00:0X) it forwards, a bit for each X.
  public var forwardedGroups: UInt16?
  /// Whether its frames pass the host's rules for IPv4, IPv6 and ARP packets too (br_netfilter).
  public var callsFilters: Bool?

  init(_ options: AttributeWalk) {
    for option in options {
      switch option.type {
      case IFLA_BR_STP_STATE: hasSpanningTree = option.number != 0
      case IFLA_BR_VLAN_FILTERING: filtersVLANs = option.isOn
      case IFLA_BR_MCAST_SNOOPING: snoopsMulticasts = option.isOn
      case IFLA_BR_GROUP_FWD_MASK: forwardedGroups = option.short
      case IFLA_BR_NF_CALL_IPTABLES, IFLA_BR_NF_CALL_IP6TABLES, IFLA_BR_NF_CALL_ARPTABLES:
        callsFilters = callsFilters == true || option.isOn
      default: break
      }
    }
  }

  /// Nothing.
  private init() {}

  /// What is to be changed so that it does none of it; nil if it does none.
  public var undoing: BridgeOptions? {
    var change = BridgeOptions()
    if hasSpanningTree == true { change.hasSpanningTree = false }
    if filtersVLANs == true { change.filtersVLANs = false }
    if snoopsMulticasts == true { change.snoopsMulticasts = false }
    if forwardedGroups ?? 0 != 0 { change.forwardedGroups = 0 }
    if callsFilters == true { change.callsFilters = false }
    return change == BridgeOptions() ? nil : change
  }

  func put(_ message: inout MessageBuilder) {
    message.nest(IFLA_LINKINFO) { info in
      info.text(IFLA_INFO_KIND, "bridge")
      info.nest(IFLA_INFO_DATA) { data in
        if let hasSpanningTree { data.number(IFLA_BR_STP_STATE, hasSpanningTree ? 1 : 0) }
        if let filtersVLANs { data.byte(IFLA_BR_VLAN_FILTERING, filtersVLANs ? 1 : 0) }
        if let snoopsMulticasts { data.byte(IFLA_BR_MCAST_SNOOPING, snoopsMulticasts ? 1 : 0) }
        if let forwardedGroups { data.short(IFLA_BR_GROUP_FWD_MASK, forwardedGroups) }
        guard let callsFilters else { return }
        for filter in [IFLA_BR_NF_CALL_IPTABLES, IFLA_BR_NF_CALL_IP6TABLES, IFLA_BR_NF_CALL_ARPTABLES] {
          data.byte(filter, callsFilters ? 1 : 0)
        }
      }
    }
  }
}
