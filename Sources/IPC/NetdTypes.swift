public import IPCFrames
import Linux

/// Verbs of netd. The raw value is the number on the wire.
public enum Verb: UInt16, CaseIterable, Sendable {
  /// Agree on a version; always the first frame.
  case hello = 1
  /// Say which slots the client's stopped and running VMs hold.
  case keep
  /// Get a port for one NIC of a VM.
  case attach
  /// Give a port back; the slot stays the VM's if it is kept.
  case detach
  /// Get a descriptor of a device node.
  case device
  /// List the caller's ports.
  case ports
  /// Compare netd's view with the kernel's.
  case audit
  /// Give up every slot of a VM.
  case forget
  /// Say what a port may reach, and how fast.
  case policy
  /// Open or close a way from a port of the host to a port of the guest.
  case forward
  /// List the caller's forwards.
  case forwards
  /// Numbers for monitoring.
  case counters
  /// Wait until leases or shards have changed.
  case watch
  /// List the shards that DHCP and DNS serve.
  case shards
  /// Say what was put right. 15 and 16 were names and domains, up to version 3.
  case notifications = 17
  /// List everybody's leased ports.
  case leases
}

/// Versions of netd's protocol.
public enum NetdVersion {
  /// Oldest that this code speaks: the first without names and domains. What clients of the versions before say of them
  /// must not be half understood, so these are refused.
  public static let oldest: UInt16 = 4
  /// Newest that this code speaks.
  public static let newest: UInt16 = 4
}

/// A VM's identity: the 16 bytes of its UUID (RFC 9562), in text order.
public struct VMIdentity: WireDefault, Hashable {
  /// Bytes 0 to 7, as the big-endian number that the text form shows first.
  public var high: UInt64 = 0
  /// Bytes 8 to 15.
  public var low: UInt64 = 0

  public init() {}

  /// Reads the canonical text form, 36 characters with hyphens; nil for anything else.
  public init?(_ text: String) {
    guard let halves = UUIDText.parse(text) else { return nil }
    (high, low) = halves
  }

  /// The canonical text form, lower case.
  public var text: String { UUIDText.text(high, low) }

  /// Visits both halves.
  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
    try coder.integer(&high)
    try coder.integer(&low)
  }
}

/// Limits that netd's messages share.
public enum NetdLimits {
  /// Longest network name, bytes.
  public static let networkName = 32
  /// Longest interface name, bytes: IFNAMSIZ less the NUL (linux/if.h).
  public static let interfaceName = 15
  /// Entries in one page of a listing whose entries hold sentences.
  public static let smallPage = 32
  /// Most address ranges that one port may be allowed.
  public static let ranges = 64
  /// Highest rate in bytes per second: what nft limits can express ends a little above (2^64 nanoseconds of tokens).
  public static let rate: UInt64 = 16 << 30
  /// Most forwards of one port.
  public static let forwards = 64
}

/// One host number in one shard of one network.
public struct SlotName: WireDefault, Hashable {
  /// Configured name of the network.
  public var network = ""
  /// Shard, from 0.
  public var shard: UInt16 = 0
  /// Last byte of the address, 2 to 254.
  public var host: UInt8 = 0

  public init() {}

  /// Makes one.
  public init(network: String, shard: UInt16, host: UInt8) {
    self.network = network
    self.shard = shard
    self.host = host
  }

  mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
    try coder.text(&network, max: NetdLimits.networkName)
    try coder.integer(&shard)
    try coder.integer(&host)
  }
}

/// What a VM's NIC needs to know about its port. It is a function of the slot, but for the MTU and a chosen `mac`.
public struct PortAddress: WireDefault, Hashable {
  /// Name of the TAP, for people; nothing takes it as an argument.
  public var tap = ""
  /// The NIC's hardware address, 48 bits in the low end.
  public var mac: UInt64 = 0
  /// IPv4 address in host byte order.
  public var address: UInt32 = 0
  /// Length of the subnet's prefix in bits.
  public var prefix: UInt8 = 0
  /// IPv4 gateway in host byte order.
  public var gateway: UInt32 = 0
  /// Largest packet in bytes.
  public var mtu: UInt16 = 0
  /// Upper half of the IPv6 address, 0 if the network has none. Prefix length is 64, the gateway is host 1 in it.
  public var high6: UInt64 = 0
  /// Lower half of the IPv6 address.
  public var low6: UInt64 = 0

  public init() {}

  mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
    try coder.text(&tap, max: NetdLimits.interfaceName)
    try coder.integer(&mac)
    try coder.integer(&address)
    try coder.integer(&prefix)
    try coder.integer(&gateway)
    try coder.integer(&mtu)
    try coder.integer(&high6)
    try coder.integer(&low6)
  }
}

/// A device node that netd may hand out.
public enum DeviceKind: UInt8, CaseIterable, Sendable {
  /// `/dev/kvm`.
  case kvm = 1
  /// `/dev/vhost-net`.
  case vhostNet
  /// `/dev/vhost-vsock`.
  case vhostVsock
}

/// What a port is used for at the moment.
public enum PortState: UInt8, CaseIterable, Sendable {
  /// Leased, and somebody holds its TAP.
  case active = 1
  /// Leased, nobody holds the TAP, and the slot is kept for a stopped VM.
  case kept
  /// Leased, but given back or without holder; when nobody holds it and the grace period is over it is freed, or kept.
  case releasing
}

/// What the audit says about an interface or slot.
public enum FindingKind: UInt8, CaseIterable, Sendable {
  /// A TAP with netd's prefix that belongs to no slot or lease.
  case orphan = 1
  /// An interface of somebody else enslaved to one of netd's bridges.
  case foreign
  /// A lease whose TAP is missing from the kernel.
  case missing
  /// A bridge or address that should be there and is not.
  case broken
  /// Somebody else's firewall drops what netd's networks forward.
  case blocked
  /// Something is used up to 80 % or more.
  case scarce
}
