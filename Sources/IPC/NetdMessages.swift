public import IPCFrames

/// First frame: which versions the client speaks.
public struct Hello: Request {
  public static let verb = Verb.hello.rawValue
  /// Oldest version the client speaks.
  public var oldest = NetdVersion.oldest
  /// Newest version the client speaks.
  public var newest = NetdVersion.newest
  /// Who it is, for logs.
  public var client = ""

  public init() {}

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
    try coder.integer(&oldest)
    try coder.integer(&newest)
    try coder.text(&client, max: 64)
  }

  /// Answer to `hello`.
  public struct Reply: Message {
    /// The version both speak from here on.
    public var version: UInt16 = 0
    /// Program version of netd.
    public var server = ""
    /// Seconds between carrier loss and the freeing of a port that is not kept.
    public var grace: UInt32 = 0
    /// Names of the networks that the caller may use.
    public var networks: [String] = []

    public init() {}

    public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
      try coder.integer(&version)
      try coder.text(&server, max: 64)
      try coder.integer(&grace)
      try coder.list(&networks, max: 64) { coder, name throws(WireError) in
        try coder.text(&name, max: NetdLimits.networkName)
      }
    }
  }
}

/// The slots that the client's records hold. Sent once after `hello`, in as many frames as needed.
public struct Keep: Request {
  public static let verb = Verb.keep.rawValue
  /// Most leases in one frame.
  public static let maxLeases = 120

  /// A slot and the NIC it belongs to.
  public struct Lease: WireDefault, Hashable {
    /// The VM.
    public var vm = VMIdentity()
    /// Index of the NIC in the VM, from 0.
    public var nic: UInt8 = 0
    /// Its slot.
    public var slot = SlotName()

    public init() {}
  }

  /// The leases of this frame.
  public var leases: [Lease] = []
  /// Whether another `keep` frame follows before the client is done.
  public var more = false

  public init() {}

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
    try coder.list(&leases, max: Self.maxLeases) { coder, lease throws(WireError) in
      try lease.vm.fields(&coder)
      try coder.integer(&lease.nic)
      try lease.slot.fields(&coder)
    }
    try coder.flag(&more)
  }

  /// Answer to `keep`.
  public struct Reply: Message {
    /// Indices of leases that cannot be kept: taken by another, or outside the configuration.
    public var refused: [UInt16] = []

    public init() {}

    public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
      try coder.list(&refused, max: Keep.maxLeases) { coder, index throws(WireError) in try coder.integer(&index) }
    }
  }
}

/// Asks for the port of one NIC. Answered with the TAP's descriptor. The same VM and NIC get the same slot again.
public struct Attach: Request {
  public static let verb = Verb.attach.rawValue
  /// The VM.
  public var vm = VMIdentity()
  /// Index of the NIC in the VM, from 0.
  public var nic: UInt8 = 0
  /// Name of the network.
  public var network = ""
  /// Wanted IPv4 address in host byte order, 0 for any.
  public var address: UInt32 = 0
  /// Whether the slot stays the VM's when nobody holds the TAP any more, until `forget`.
  public var keep = false
  /// Wanted hardware address, 48 bits in the low end; 0 for the slot's own.
  public var mac: UInt64 = 0

  public init() {}

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
    try vm.fields(&coder)
    try coder.integer(&nic)
    try coder.text(&network, max: NetdLimits.networkName)
    try coder.integer(&address)
    try coder.flag(&keep)
    try coder.trailing(&mac)
  }

  /// Answer to `attach`; one descriptor comes along, the TAP.
  public struct Reply: Message {
    /// Names the port in `detach`; valid for the caller's uid only.
    public var handle: UInt64 = 0
    /// The slot, to be stored in the VM's record.
    public var slot = SlotName()
    /// Addresses and interface name.
    public var port = PortAddress()

    public init() {}

    public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
      try coder.integer(&handle)
      try slot.fields(&coder)
      try port.fields(&coder)
    }
  }
}

/// Gives a port back. A handle that is unknown or another uid's is "not found".
public struct Detach: Request {
  public typealias Reply = Empty
  public static let verb = Verb.detach.rawValue
  /// From the answer to `attach`.
  public var handle: UInt64 = 0

  public init() {}

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) { try coder.integer(&handle) }
}

/// Asks for a device. Answered with one descriptor.
public struct Device: Request {
  public typealias Reply = Empty
  public static let verb = Verb.device.rawValue
  /// Which one.
  public var kind = DeviceKind.kvm

  public init() {}

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) { try coder.choice(&kind) }
}

/// Gives up every slot of a VM. Idempotent: a VM without slots is no error.
public struct Forget: Request {
  public static let verb = Verb.forget.rawValue
  /// The VM.
  public var vm = VMIdentity()

  public init() {}

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) { try vm.fields(&coder) }

  /// Answer to `forget`.
  public struct Reply: Message {
    /// Slots that were given up.
    public var freed: UInt16 = 0

    public init() {}

    public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) { try coder.integer(&freed) }
  }
}
