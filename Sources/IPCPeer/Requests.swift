public import IPC

// How the asking side makes its requests; netd only reads them.

extension Hello {
  /// Makes one.
  public init(client: String) {
    self.init()
    self.client = client
  }
}

extension Keep.Lease {
  /// Makes one.
  public init(vm: VMIdentity, nic: UInt8, slot: SlotName) {
    self.init()
    self.vm = vm
    self.nic = nic
    self.slot = slot
  }
}

extension Keep {
  /// Makes one.
  public init(leases: [Keep.Lease], more: Bool = false) {
    self.init()
    self.leases = leases
    self.more = more
  }
}

extension Attach {
  /// Makes one.
  public init(vm: VMIdentity, nic: UInt8, network: String, address: UInt32 = 0, keep: Bool, mac: UInt64 = 0) {
    self.init()
    self.vm = vm
    self.nic = nic
    self.network = network
    self.address = address
    self.keep = keep
    self.mac = mac
  }
}

extension Detach {
  /// Makes one.
  public init(handle: UInt64) {
    self.init()
    self.handle = handle
  }
}

extension Device {
  /// Makes one.
  public init(kind: DeviceKind) {
    self.init()
    self.kind = kind
  }
}

extension Forget {
  /// Makes one.
  public init(vm: VMIdentity) {
    self.init()
    self.vm = vm
  }
}

extension Audit {
  /// Makes one.
  public init(cursor: UInt32, fix: Bool = false) {
    self.init()
    self.cursor = cursor
    self.fix = fix
  }
}

extension Audit.Shard {
  /// Whether anything of it is leased or ready.
  public var isInUse: Bool { used > 0 || ready > 0 }
}

extension Policy {
  /// Makes one.
  public init(
    vm: VMIdentity, nic: UInt8, isRestricted: Bool, list: UInt32 = 0, ranges: [Policy.Range] = [],
    sendRate: UInt64 = 0, receiveRate: UInt64 = 0
  ) {
    self.init()
    self.vm = vm
    self.nic = nic
    self.isRestricted = isRestricted
    self.list = list
    self.ranges = ranges
    self.sendRate = sendRate
    self.receiveRate = receiveRate
  }
}

extension Policy.Range {
  /// Makes one. Without ports it is all of them.
  public init(address: UInt32, prefix: UInt8 = 32, transport: Transport = .any, ports: ClosedRange<UInt16>? = nil) {
    self.init()
    self.address = address
    self.prefix = prefix
    self.transport = transport
    if transport != .any {
      first = ports?.lowerBound ?? 0
      last = ports?.upperBound ?? .max
    }
  }
}

extension Forward {
  /// Makes one that opens, or closes, a way.
  public init(
    vm: VMIdentity, nic: UInt8, transport: Transport, guestPort: UInt16, hostPort: UInt16 = 0, isClosed: Bool = false
  ) {
    self.init()
    self.vm = vm
    self.nic = nic
    self.transport = transport
    self.guestPort = guestPort
    self.hostPort = hostPort
    self.isClosed = isClosed
  }
}

extension VMIdentity {
  /// Makes one from its halves.
  public init(high: UInt64, low: UInt64) {
    self.init()
    self.high = high
    self.low = low
  }
}

extension Notifications {
  /// Makes one.
  public init(after: UInt64) {
    self.init()
    self.after = after
  }
}
