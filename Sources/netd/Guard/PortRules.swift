import IPC

/// What the guard knows of one port beyond its slot. The default is what the network permits, at any speed.
struct PortRules: Hashable, Sendable {
  /// Whether only what is listed may be reached.
  var isRestricted = false
  /// Address ranges that may be reached; they count with `isListed` only.
  var ranges: [Policy.Range] = []
  /// Number of the domain list that may be reached; it counts with `isListed` only.
  var profile: UInt32?
  /// Port at the gateway where the profile's domains are resolved; 0 without a profile.
  var resolverPort: UInt16 = 0
  /// Bytes per second that the guest may send, 0 for no limit.
  var sendRate: UInt64 = 0
  /// Ports of the host that lead to the guest.
  var forwards: Set<Forwarding> = []

  /// The same without what does not count. Packets of an external network do not pass the host's routing.
  func effective(isExternal: Bool) -> PortRules {
    var rules = self
    if !isRestricted || isExternal { (rules.ranges, rules.profile) = ([], nil) }
    if rules.profile == nil { rules.resolverPort = 0 }
    if isExternal { rules.forwards = [] }
    return rules
  }
}

/// A way from a port of the host to a port of a guest.
struct Forwarding: Hashable, Sendable {
  let port: HostPort
  let guestPort: UInt16

  init(_ port: HostPort, _ guestPort: UInt16) {
    self.port = port
    self.guestPort = guestPort
  }
}
