public import IPCFrames

/// What a port may reach and how fast; replaces whatever was said before. Touches no other port.
public struct Policy: Request {
  public typealias Reply = Empty
  public static let verb = Verb.policy.rawValue
  /// The VM.
  public var vm = VMIdentity()
  /// Index of the NIC in the VM, from 0.
  public var nic: UInt8 = 0
  /// Whether only what is listed may be reached; without any that is nothing. False: what the network permits.
  public var isRestricted = false
  /// Number by which its owner knows a list of domains that may be reached too; 0 for none. netd never learns which.
  public var list: UInt32 = 0
  /// Address ranges.
  public var ranges: [Range] = []
  /// Bytes per second that the guest may send, 0 for no limit.
  public var sendRate: UInt64 = 0
  /// Bytes per second that the guest may receive, 0 for no limit.
  public var receiveRate: UInt64 = 0

  public init() {}

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
    try vm.fields(&coder)
    try coder.integer(&nic)
    try coder.flag(&isRestricted)
    try coder.integer(&list)
    try coder.list(&ranges, max: NetdLimits.ranges) { coder, range throws(WireError) in
      try coder.integer(&range.address)
      try coder.integer(&range.prefix)
      try coder.choice(&range.transport)
      try coder.integer(&range.first)
      try coder.integer(&range.last)
    }
    try coder.integer(&sendRate)
    try coder.integer(&receiveRate)
  }

  /// Addresses and ports that may be reached.
  public struct Range: WireDefault, Hashable {
    /// First IPv4 address in host byte order.
    public var address: UInt32 = 0
    /// Length of the prefix in bits, 0 to 32.
    public var prefix: UInt8 = 32
    /// Which transport; `any` has no ports.
    public var transport = Transport.any
    /// First port; 0 with `any`.
    public var first: UInt16 = 0
    /// Last port; 0 with `any`.
    public var last: UInt16 = 0

    public init() {}
  }
}

/// A transport protocol by its number in the IP header (IANA protocol numbers).
public enum Transport: UInt8, CaseIterable, Sendable {
  /// All of them.
  case any = 0
  /// TCP.
  case tcp = 6
  /// UDP.
  case udp = 17
}

/// Opens or closes a way from a port of the host to a port of the guest. It ends with the port's lease.
public struct Forward: Request {
  public static let verb = Verb.forward.rawValue
  /// The VM.
  public var vm = VMIdentity()
  /// Index of the NIC in the VM, from 0.
  public var nic: UInt8 = 0
  /// TCP or UDP.
  public var transport = Transport.tcp
  /// Port of the guest.
  public var guestPort: UInt16 = 0
  /// Wanted port of the host, 0 for any of the configured range.
  public var hostPort: UInt16 = 0
  /// Whether it is to be closed; no error if it is not open.
  public var isClosed = false

  public init() {}

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
    try vm.fields(&coder)
    try coder.integer(&nic)
    try coder.choice(&transport)
    try coder.integer(&guestPort)
    try coder.integer(&hostPort)
    try coder.flag(&isClosed)
  }

  /// Answer to `forward`.
  public struct Reply: Message {
    /// The port of the host; 0 when it is closed.
    public var hostPort: UInt16 = 0

    public init() {}

    public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
      try coder.integer(&hostPort)
    }
  }
}

/// One page of the caller's forwards; root sees everybody's.
public struct Forwards: PageRequest {
  public static let verb = Verb.forwards.rawValue
  public var cursor: UInt32 = 0

  public init() {}

  /// A forward.
  public struct Entry: PageEntry {
    /// The VM.
    public var vm = VMIdentity()
    /// Index of the NIC.
    public var nic: UInt8 = 0
    /// Owner.
    public var uid: UInt32 = 0
    /// TCP or UDP.
    public var transport = Transport.tcp
    /// Port of the host.
    public var hostPort: UInt16 = 0
    /// The guest's IPv4 address in host byte order.
    public var address: UInt32 = 0
    /// Port of the guest.
    public var guestPort: UInt16 = 0

    public init() {}

    public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
      try vm.fields(&coder)
      try coder.integer(&nic)
      try coder.integer(&uid)
      try coder.choice(&transport)
      try coder.integer(&hostPort)
      try coder.integer(&address)
      try coder.integer(&guestPort)
    }
  }
}
