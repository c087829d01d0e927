public import IPCFrames

/// Waits until leases or shards differ from those of a generation; answered, with the present one, when they do. For the
/// DNS user and root.
public struct Watch: Request {
  public typealias Reply = Watch
  public static let verb = Verb.watch.rawValue
  /// The generation that the asker has, 0 for none; other numbers follow a restart of netd.
  public var generation: UInt64 = 0

  public init() {}

  /// Makes one.
  public init(generation: UInt64) { self.generation = generation }

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
    try coder.integer(&generation)
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

/// One page of all users' leased ports: what DHCP and DNS may believe a user about. For the DNS user and root.
public struct Leases: PageRequest {
  public typealias Entry = Ports.Entry
  public static let verb = Verb.leases.rawValue
  public var cursor: UInt32 = 0

  public init() {}
}
