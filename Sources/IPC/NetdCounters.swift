public import IPCFrames

/// Numbers for monitoring, over all users.
public struct Counters: Request {
  public static let verb = Verb.counters.rawValue

  public init() {}

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {}

  /// How one verb was answered since the start.
  public struct Served: WireDefault, Hashable {
    /// The verb.
    public var verb = Verb.hello
    /// Granted requests.
    public var granted: UInt64 = 0
    /// Refused requests.
    public var refused: UInt64 = 0

    public init() {}
  }

  /// Packets that one rule of the guard has dropped.
  public struct Dropped: WireDefault, Hashable {
    /// Name of the rule's counter.
    public var rule = ""
    /// Packets since the ruleset was loaded.
    public var packets: UInt64 = 0

    public init() {}

    /// Makes one.
    public init(rule: String, packets: UInt64) {
      self.rule = rule
      self.packets = packets
    }
  }

  /// Answer to `counters`.
  public struct Reply: Message {
    /// Seconds since netd's start.
    public var uptime: UInt32 = 0
    /// Connections, and how many there may be.
    public var clients: UInt16 = 0
    public var maxClients: UInt16 = 0
    /// Open descriptors, and how many there may be.
    public var descriptors: UInt32 = 0
    public var maxDescriptors: UInt32 = 0
    /// Forwards of the automatic range, and how many there may be.
    public var forwards: UInt32 = 0
    public var maxForwards: UInt32 = 0
    /// Interfaces of ours that belong to no slot or lease.
    public var orphans: UInt32 = 0
    /// Ports that were freed because nobody held them.
    public var reclaimed: UInt64 = 0
    /// Connections that were closed for breaking the protocol.
    public var violations: UInt64 = 0
    /// Requests that were refused for coming too fast.
    public var throttled: UInt64 = 0
    /// Verbs that were asked at least once.
    public var served: [Served] = []
    /// Rules of the guard that drop.
    public var dropped: [Dropped] = []

    public init() {}

    public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
      try coder.integer(&uptime)
      try coder.integer(&clients)
      try coder.integer(&maxClients)
      try coder.integer(&descriptors)
      try coder.integer(&maxDescriptors)
      try coder.integer(&forwards)
      try coder.integer(&maxForwards)
      try coder.integer(&orphans)
      try coder.integer(&reclaimed)
      try coder.integer(&violations)
      try coder.integer(&throttled)
      try coder.list(&served, max: 32) { coder, served throws(WireError) in
        try coder.choice(&served.verb)
        try coder.integer(&served.granted)
        try coder.integer(&served.refused)
      }
      try coder.list(&dropped, max: 64) { coder, dropped throws(WireError) in
        try coder.text(&dropped.rule, max: 32)
        try coder.integer(&dropped.packets)
      }
    }
  }
}
