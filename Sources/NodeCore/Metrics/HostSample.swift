package import Linux

/// What is known of host and supervisor at one instant.
package struct HostSample: Hashable, Sendable {
  /// Collections since the supervisor started.
  package var collections: UInt64 = 0
  /// Microseconds that all of them took, and the newest one.
  var collecting: UInt64 = 0
  var lastCollecting: UInt64 = 0
  /// When the newest one ended, microseconds of CLOCK_MONOTONIC.
  package var at: UInt64 = 0

  /// Processors of the machine.
  package var cpus = 0
  /// Processor time of the machine since its boot, clock ticks: not idle, and all.
  var busyTicks: UInt64 = 0
  var allTicks: UInt64 = 0
  /// 100 is all processors. Nil until there are two readings.
  package var cpuPercent: Double?
  /// Bytes.
  package var memory: UInt64 = 0
  package var memoryAvailable: UInt64 = 0

  /// Its disks.
  package var disks: [HostDisk] = []
  /// Its interfaces but the VMs' and the loopback, by name. As the host sees them.
  package var links: [CardReading.Card] = []

  /// The supervisor's own process.
  package var own: ProcessFacts?
  /// When it started, seconds since 1970.
  var ownStart: UInt64 = 0
  package var descriptors: UInt64 = 0
  var mostDescriptors: UInt64 = 0

  package var starting = 0
  var waitingToStart = 0
  var mostStarting = 0
  var quarantinedRecords = 0
  package var limits = Limits()
  /// Events since the supervisor started, by kind.
  package var events: [String: UInt64] = [:]
  /// Events that are not on disk.
  var unwrittenEvents = 0

  /// What VMs that are on were promised, and what may be.
  package struct Limits: Hashable, Sendable {
    package var committedProcessors = 0
    /// Bytes: the guests' memory and the hypervisors' allowances.
    package var committedMemory: UInt64 = 0
    package var usableProcessors = 0
    package var usableMemory: UInt64 = 0
  }

  /// Takes newer readings.
  package mutating func take(_ newer: HostSample) {
    let old = self
    self = newer
    cpuPercent = old.cpuPercent
    if old.allTicks > 0, allTicks > old.allTicks, busyTicks >= old.busyTicks {
      cpuPercent = 100 * Double(busyTicks - old.busyTicks) / Double(allTicks - old.allTicks)
    }
    guard old.at > 0, at > old.at else { return }
    for index in disks.indices {
      guard let before = old.disks.first(where: { $0.name == disks[index].name }) else { continue }
      disks[index].compare(with: before, at - old.at)
    }
  }
}

/// An instant on both clocks.
package struct Moment: Sendable {
  /// Microseconds of CLOCK_MONOTONIC.
  package var monotonic = Clock.microseconds()
  /// Seconds since 1970.
  package var seconds = Clock.wall()
  /// Seconds since the boot of the host.
  package var sinceBoot = Clock.sinceBoot()

  package init(
    monotonic: UInt64 = Clock.microseconds(), seconds: Double = Clock.wall(), sinceBoot: Double = Clock.sinceBoot()
  ) {
    self.monotonic = monotonic
    self.seconds = seconds
    self.sinceBoot = sinceBoot
  }
}
