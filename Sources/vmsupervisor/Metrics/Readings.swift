/// What was read about one run of a VM. Times are microseconds of CLOCK_MONOTONIC.
struct Readings: Sendable {
  var process: ProcessReading?
  var cards: CardReading?
  var drives: DriveReading?
  /// Resident memory with shared pages divided among their users, bytes.
  var proportionalBytes: UInt64?
  var memory = GuestMemory()
  /// When the hypervisor last answered.
  var answeredAt: UInt64?
}

/// Processor time and memory of the hypervisor process.
struct ProcessReading: Hashable, Sendable {
  var at: UInt64
  /// Processor time since its start, microseconds.
  var cpu: UInt64
  /// Of each virtual processor that has a thread of its own.
  var vcpus: [VirtualProcessor]
  var residentBytes: UInt64

  struct VirtualProcessor: Hashable, Sendable {
    var index: Int
    /// Processor time, microseconds.
    var cpu: UInt64
  }
}

/// Counters of the network cards, in their order.
struct CardReading: Hashable, Sendable {
  var at: UInt64
  var cards: [Card]

  struct Card: Hashable, Sendable {
    var name: String
    var counters: CardCounters
  }
}

/// Counters of one network card as the guest sees them.
struct CardCounters: Hashable, Sendable {
  var received = Direction()
  var transmitted = Direction()

  struct Direction: Hashable, Sendable {
    var bytes: UInt64 = 0
    var packets: UInt64 = 0
    var errors: UInt64 = 0
    var dropped: UInt64 = 0
  }
}

/// Counters of the drives.
struct DriveReading: Hashable, Sendable {
  var at: UInt64
  var drives: [DriveCounters]
}

/// Counters of one drive since the hypervisor started.
struct DriveCounters: Hashable, Sendable {
  var name: String
  var readBytes: UInt64 = 0
  var writtenBytes: UInt64 = 0
  var reads: UInt64 = 0
  var writes: UInt64 = 0
  var flushes: UInt64 = 0
}

/// Memory as balloon and guest tell it, bytes; nil where they do not.
struct GuestMemory: Hashable, Sendable {
  /// What the balloon leaves to the guest.
  var balloon: UInt64?
  /// What the guest's kernel manages.
  var available: UInt64?
  /// What its programs could still get without swapping.
  var usable: UInt64?
  /// What nobody uses.
  var unused: UInt64?
  /// What caches the guest's disks.
  var cached: UInt64?
  /// Read from swap, and written to it, since the guest booted.
  var swapIn: UInt64?
  var swapOut: UInt64?
}
