package import Linux

/// What was read about one run of a VM. Times are microseconds of CLOCK_MONOTONIC.
package struct Readings: Sendable {
  package var process: ProcessReading?
  package var group: GroupReading?
  package var cards: CardReading?
  package var drives: DriveReading?
  /// Resident memory with shared pages divided among their users, bytes.
  package var proportionalBytes: UInt64?
  package var memory = GuestMemory()
  /// When the hypervisor last answered.
  package var answeredAt: UInt64?
}

/// Processor time and memory of the hypervisor process.
package struct ProcessReading: Hashable, Sendable {
  package var at: UInt64
  /// Processor time since its start, microseconds.
  package var cpu: UInt64
  /// Of each virtual processor that has a thread of its own.
  package var vcpus: [VirtualProcessor]
  package var residentBytes: UInt64

  package struct VirtualProcessor: Hashable, Sendable {
    package var index: Int
    /// Processor time, microseconds.
    package var cpu: UInt64
  }
}

/// What the kernel has counted for the control group of the hypervisor, since the group was made.
package struct GroupReading: Hashable, Sendable {
  package var at: UInt64
  package var counters: Cgroup.Counters
  /// Traffic of `counters` with disks of the host, by their names; nil if it is not counted.
  package var disks: [Disk]?

  package init(at: UInt64, counters: Cgroup.Counters, disks: [Disk]? = nil) {
    self.at = at
    self.counters = counters
    self.disks = disks
  }

  /// A disk of the host.
  package struct Disk: Hashable, Sendable {
    /// As the kernel calls it: `sda`.
    package var name: String
    package var traffic: Cgroup.Traffic

    package init(name: String, traffic: Cgroup.Traffic) {
      self.name = name
      self.traffic = traffic
    }
  }
}

/// Counters of the network cards, in their order.
package struct CardReading: Hashable, Sendable {
  package var at: UInt64
  package var cards: [Card]

  package struct Card: Hashable, Sendable {
    package var name: String
    package var counters: CardCounters

    package init(name: String, counters: CardCounters) {
      self.name = name
      self.counters = counters
    }
  }
}

/// Counters of one network card as the guest sees them.
package struct CardCounters: Hashable, Sendable {
  package var received = Direction()
  package var transmitted = Direction()

  package struct Direction: Hashable, Sendable {
    package var bytes: UInt64 = 0
    package var packets: UInt64 = 0
    package var errors: UInt64 = 0
    package var dropped: UInt64 = 0
  }
}

/// Counters of the drives.
package struct DriveReading: Hashable, Sendable {
  package var at: UInt64
  package var drives: [DriveCounters]
}

/// Counters of one drive since the hypervisor started.
package struct DriveCounters: Hashable, Sendable {
  package var name: String
  package var readBytes: UInt64 = 0
  package var writtenBytes: UInt64 = 0
  package var reads: UInt64 = 0
  package var writes: UInt64 = 0
  package var flushes: UInt64 = 0
}

/// Memory as balloon and guest tell it, bytes; nil where they do not.
package struct GuestMemory: Hashable, Sendable {
  /// What the balloon leaves to the guest.
  package var balloon: UInt64?
  /// What the guest's kernel manages.
  package var available: UInt64?
  /// What its programs could still get without swapping.
  package var usable: UInt64?
  /// What nobody uses.
  package var unused: UInt64?
  /// What caches the guest's disks.
  var cached: UInt64?
  /// Read from swap, and written to it, since the guest booted.
  var swapIn: UInt64?
  var swapOut: UInt64?
}
