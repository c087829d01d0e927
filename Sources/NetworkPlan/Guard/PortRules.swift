package import IPC

/// What the guard knows of one port beyond its slot. The default is what the network permits, at any speed.
package struct PortRules: Hashable, Sendable {
  /// Whether only what is listed may be reached.
  package var isRestricted = false
  /// Address ranges that may be reached; they count with `isListed` only.
  package var ranges: [Policy.Range] = []
  /// Number of the domain list that may be reached; it counts with `isListed` only.
  package var profile: UInt32?
  /// Port at the gateway where the profile's domains are resolved; 0 without a profile.
  package var resolverPort: UInt16 = 0
  /// Bytes per second that the guest may send, 0 for no limit.
  package var sendRate: UInt64 = 0
  /// Ports of the host that lead to the guest.
  package var forwards: Set<Forwarding> = []
  /// The guest's hardware address where its owner has chosen one; nil: the slot's own.
  package var mac: UInt64?

  /// Makes them.
  package init(
    isRestricted: Bool = false, ranges: [Policy.Range] = [], profile: UInt32? = nil, resolverPort: UInt16 = 0,
    sendRate: UInt64 = 0, forwards: Set<Forwarding> = [], mac: UInt64? = nil
  ) {
    self.isRestricted = isRestricted
    self.ranges = ranges
    self.profile = profile
    self.resolverPort = resolverPort
    self.sendRate = sendRate
    self.forwards = forwards
    self.mac = mac
  }

  /// The same of a guest with another hardware address.
  package func having(_ mac: UInt64?) -> PortRules {
    var rules = self
    rules.mac = mac
    return rules
  }

  /// The same with what a policy says; forwards stay.
  /// - Parameter list: the policy's; nil for none.
  package func replaced(by policy: Policy, _ list: DomainList?) -> PortRules {
    var rules = self
    rules.isRestricted = policy.isRestricted
    rules.ranges = policy.ranges
    rules.sendRate = policy.sendRate
    (rules.profile, rules.resolverPort) = (list?.id, list?.port ?? 0)
    return rules
  }

  /// The same without what does not count. Packets of an external network do not pass the host's routing.
  package func effective(isExternal: Bool) -> PortRules {
    var rules = self
    if !isRestricted || isExternal { (rules.ranges, rules.profile) = ([], nil) }
    if rules.profile == nil { rules.resolverPort = 0 }
    if isExternal { rules.forwards = [] }
    return rules
  }
}

/// A way from a port of the host to a port of a guest.
package struct Forwarding: Hashable, Sendable {
  /// The host's.
  package let port: HostPort
  /// The guest's.
  package let guestPort: UInt16

  /// Makes one.
  package init(_ port: HostPort, _ guestPort: UInt16) {
    self.port = port
    self.guestPort = guestPort
  }
}
