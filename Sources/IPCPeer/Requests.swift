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
  public init(vm: VMIdentity, nic: UInt8, network: String, address: UInt32 = 0, keep: Bool) {
    self.init()
    self.vm = vm
    self.nic = nic
    self.network = network
    self.address = address
    self.keep = keep
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

extension Ports {
  /// Makes one.
  public init(cursor: UInt32) {
    self.init()
    self.cursor = cursor
  }
}

extension Audit {
  /// Makes one.
  public init(cursor: UInt32) {
    self.init()
    self.cursor = cursor
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
