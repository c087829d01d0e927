/// Waits until the naming data differ from those of a generation; answered when they do. For the DNS user and root.
public struct Watch: Request {
  public static let verb = Verb.watch.rawValue
  /// The generation that the asker has, 0 for none.
  public var generation: UInt64 = 0

  public init() {}

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
    try coder.integer(&generation)
  }

  /// Answer to `watch`.
  public struct Reply: Message {
    /// The present generation; other numbers follow a restart of netd.
    public var generation: UInt64 = 0

    public init() {}

    public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
      try coder.integer(&generation)
    }
  }
}

/// One page of the shards that DHCP and DNS serve. For the DNS user and root.
public struct Shards: PageRequest {
  public static let verb = Verb.shards.rawValue
  public var cursor: UInt32 = 0

  public init() {}

  /// A shard; what DHCP gives a slot is a function of it and the host number.
  public struct Entry: PageEntry {
    /// Network and shard; `host` is 0.
    public var slot = SlotName()
    /// Name of the bridge.
    public var bridge = ""
    /// The gateway's IPv4 address in host byte order; the shard is its /24.
    public var gateway: UInt32 = 0
    /// First and last host number that this host gives out.
    public var firstHost: UInt8 = 0
    public var lastHost: UInt8 = 0
    /// Largest packet in bytes.
    public var mtu: UInt16 = 0
    /// Upper half of the IPv6 prefix (/64), 0 for none.
    public var high6: UInt64 = 0
    /// Whether guests reach anything outside by the gateway, so that it is offered as default route.
    public var isRouted = false
    /// Whether names of the world outside are resolved: on an isolated network each would be a way out.
    public var isOutward = false

    public init() {}

    public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
      try slot.fields(&coder)
      try coder.text(&bridge, max: NetdLimits.interfaceName)
      try coder.integer(&gateway)
      try coder.integer(&firstHost)
      try coder.integer(&lastHost)
      try coder.integer(&mtu)
      try coder.integer(&high6)
      try coder.flag(&isRouted)
      try coder.flag(&isOutward)
    }
  }
}

/// One page of the names of leased ports. For the DNS user and root.
public struct Names: PageRequest {
  public static let verb = Verb.names.rawValue
  public var cursor: UInt32 = 0

  public init() {}

  /// A name; the first NIC of a VM has it.
  public struct Entry: PageEntry {
    /// The VM's name, one DNS label in lower case.
    public var name = ""
    /// Its slot.
    public var slot = SlotName()

    public init() {}

    public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
      try coder.text(&name, max: NetdLimits.vmName)
      try slot.fields(&coder)
    }
  }
}

/// One domain list that ports of a network are allowed, per answer. For the DNS user and root.
public struct Profiles: Request {
  public static let verb = Verb.profiles.rawValue
  /// 0 at first, then `Reply.next`.
  public var cursor: UInt32 = 0

  public init() {}

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) { try coder.integer(&cursor) }

  /// Answer to `profiles`.
  public struct Reply: Message {
    /// A function of network and domains; 0 if there is no profile at or behind the cursor.
    public var id: UInt32 = 0
    /// Name of the network.
    public var network = ""
    /// Port at the gateways to which the DNS requests of its VMs are redirected.
    public var port: UInt16 = 0
    /// Its domains, sorted.
    public var domains: [String] = []
    /// Cursor of the next page, 0 at the end.
    public var next: UInt32 = 0

    public init() {}

    public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
      try coder.integer(&id)
      try coder.text(&network, max: NetdLimits.networkName)
      try coder.integer(&port)
      try coder.list(&domains, max: NetdLimits.domains) { coder, domain throws(WireError) in
        try coder.text(&domain, max: NetdLimits.domain)
      }
      try coder.integer(&next)
    }
  }
}
