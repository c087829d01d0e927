public import IPCFrames

/// One page of the caller's ports; root sees everybody's.
public struct Ports: PageRequest {
  public static let verb = Verb.ports.rawValue
  public var cursor: UInt32 = 0

  public init() {}

  /// A leased port.
  public struct Entry: PageEntry {
    /// The VM.
    public var vm = VMIdentity()
    /// Index of the NIC.
    public var nic: UInt8 = 0
    /// Owner.
    public var uid: UInt32 = 0
    /// The slot.
    public var slot = SlotName()
    /// Addresses and interface name.
    public var port = PortAddress()
    /// Whether it is in use.
    public var state = PortState.active
    /// Seconds in that state, since netd's start at most.
    public var age: UInt32 = 0
    /// What its owner calls the list of domains that it may reach, 0 for none.
    public var list: UInt32 = 0
    /// What netd calls it in nftables (`names-ID`): the same number unless two users have chosen one.
    public var listID: UInt32 = 0
    /// Port at the gateway to which its questions for names are led; 0 without a list.
    public var resolver: UInt16 = 0

    public init() {}

    public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
      try vm.fields(&coder)
      try coder.integer(&nic)
      try coder.integer(&uid)
      try slot.fields(&coder)
      try port.fields(&coder)
      try coder.choice(&state)
      try coder.integer(&age)
      try coder.integer(&list)
      try coder.integer(&listID)
      try coder.integer(&resolver)
    }
  }
}

/// One page of the comparison between netd's panel and the kernel.
public struct Audit: Request {
  public static let verb = Verb.audit.rawValue
  /// 0 at first, then `Reply.next`; pages go over the findings, the counts are in every page.
  public var cursor: UInt32 = 0
  /// Whether orphans are to be removed that nobody holds and whose grace period is over.
  public var fix = false

  public init() {}

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
    try coder.integer(&cursor)
    try coder.flag(&fix)
  }

  /// How full a shard is.
  public struct Shard: WireDefault, Hashable {
    /// The network and shard; `host` is 0.
    public var slot = SlotName()
    /// Name of its bridge.
    public var bridge = ""
    /// Leased slots.
    public var used: UInt16 = 0
    /// Spare TAPs.
    public var ready: UInt16 = 0
    /// Slots there are.
    public var max: UInt16 = 0

    public init() {}
  }

  /// Something that should not be.
  public struct Finding: PageEntry {
    public static var perPage: Int { NetdLimits.smallPage }

    /// What it is.
    public var kind = FindingKind.orphan
    /// The interface, or what else it is about.
    public var interface = ""
    /// What is wrong and what to do about it; empty where the kind says it all.
    public var detail = ""
    /// Uid that the interface's tag names, or UInt32.max.
    public var uid: UInt32 = .max
    /// Seconds since netd first saw it.
    public var age: UInt32 = 0
    /// The VM that the tag names, blank if none.
    public var vm = VMIdentity()

    public init() {}

    public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
      try coder.choice(&kind)
      try coder.text(&interface, max: 64)
      try coder.text(&detail, max: 256)
      try coder.integer(&uid)
      try coder.integer(&age)
      try vm.fields(&coder)
    }

    /// The detail of a TAP that is missing while its VM runs with it.
    public static let cutOff = "its VM is cut off: start it again, or plug the NIC out and in"
  }

  /// Answer to `audit`. Counts are over all owners; findings name no VM of another uid unless the caller is root.
  public struct Reply: Message {
    /// Leased ports that somebody holds.
    public var active: UInt32 = 0
    /// Leased ports kept for stopped VMs.
    public var kept: UInt32 = 0
    /// Ports in their grace period.
    public var releasing: UInt32 = 0
    /// Spare TAPs.
    public var ready: UInt32 = 0
    /// Connections that were closed for breaking the protocol since start.
    public var refusedFrames: UInt32 = 0
    /// Orphans that this request has removed.
    public var fixed: UInt16 = 0
    /// Every shard; before `Wire.shardsVersion` those that are in use.
    public var shards: [Shard] = []
    /// What should not be, this page.
    public var findings: [Finding] = []
    /// Cursor of the next page, 0 at the end.
    public var next: UInt32 = 0

    public init() {}

    public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
      try coder.integer(&active)
      try coder.integer(&kept)
      try coder.integer(&releasing)
      try coder.integer(&ready)
      try coder.integer(&refusedFrames)
      try coder.integer(&fixed)
      try coder.list(&shards, max: 64) { coder, shard throws(WireError) in
        try shard.slot.fields(&coder)
        try coder.text(&shard.bridge, max: NetdLimits.interfaceName)
        try coder.integer(&shard.used)
        try coder.integer(&shard.ready)
        try coder.integer(&shard.max)
      }
      try coder.list(&findings, max: Finding.perPage) { coder, one throws(WireError) in try one.fields(&coder) }
      try coder.integer(&next)
    }
  }
}
