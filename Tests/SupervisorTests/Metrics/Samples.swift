import Life
import Linux

@testable import NodeCore

/// VMs that a board could have.
enum Samples {
  /// A VM with a process, unless it is stopped.
  static func summary(_ name: String, state: State = .running, token: String = "t1") -> VMSummary {
    var summary = VMSummary(
      id: "id-" + name, name: name, state: state, generation: 3, restarts: 2, startDuration: 1_500_000,
      agentConnected: true, isHealthy: true, hasGivenUp: false, warnings: 1, vcpus: 2, memory: 256 << 20,
      machine: "q35", console: .init(bytes: 5, dropped: 1))
    guard state.hasProcess else { return summary }
    summary.run = VMSummary.Run(
      token: token, pid: 4242, startTime: 77, accelerator: "kvm",
      cards: [.init(name: "nic0", tap: "pcr0-2"), .init(name: "nic1", tap: "pcr0-3")],
      drives: [.disk(0): "root"])
    return summary
  }

  /// Readings with a number of its own in each place, at `time` microseconds.
  static func readings(_ time: UInt64, _ number: UInt64) -> Readings {
    var readings = Readings()
    readings.process = ProcessReading(
      at: time, cpu: number * 1_000_000, vcpus: [.init(index: 0, cpu: number * 600_000), .init(index: 1, cpu: 7)],
      residentBytes: 100 << 20)
    readings.proportionalBytes = 90 << 20
    let card = CardCounters(
      received: .init(bytes: number * 1000, packets: 2, errors: 3, dropped: 4),
      transmitted: .init(bytes: number * 2000, packets: 6, errors: 7, dropped: 8))
    readings.cards = CardReading(
      at: time, cards: [.init(name: "nic0", counters: card), .init(name: "nic1", counters: CardCounters())])
    readings.drives = DriveReading(
      at: time,
      drives: [
        DriveCounters(
          name: "root", readBytes: number * 4096, writtenBytes: number * 8192, reads: number, writes: number * 2,
          flushes: 1)
      ])
    readings.memory = GuestMemory(
      balloon: 256 << 20, available: 240 << 20, usable: 200 << 20, unused: 150 << 20, cached: 20 << 20, swapIn: 1,
      swapOut: 2)
    readings.answeredAt = time
    readings.group = group(time, number)
    return readings
  }

  /// What a group could have counted.
  static func group(_ time: UInt64, _ number: UInt64) -> GroupReading {
    var counters = Cgroup.Counters()
    counters.processorTime = number * 1_000_000
    counters.throttling = .init(periods: number * 10, throttledPeriods: number * 4, time: number * 250_000)
    counters.memory = .init(
      bytes: 300 << 20, peak: 310 << 20, events: .init(high: 1, max: 2, outOfMemory: 3, kills: 4))
    counters.tasks = 9
    let traffic = Cgroup.Traffic(
      device: BlockDevice(major: 8, minor: 0), readBytes: number * 512, writtenBytes: number * 1024, reads: number,
      writes: number * 3)
    counters.traffic = [traffic]
    counters.processorPressure = .init(
      some: .init(time: number * 100_000, recent: 1234), full: .init(time: number * 50_000, recent: 100))
    counters.memoryPressure = .init(some: .init(time: 0, recent: 0), full: .init(time: 0, recent: 0))
    counters.ioPressure = .init(some: .init(time: number * 1000, recent: 10))
    return GroupReading(at: time, counters: counters, disks: [.init(name: "sda", traffic: traffic)])
  }

  /// A board with these VMs, and readings of those that have a process.
  static func board(_ summaries: [VMSummary]) -> MetricsBoard {
    let board = MetricsBoard(interval: .seconds(5))
    board.begin()
    board.take(summaries)
    for time in [UInt64(1_000_000), 6_000_000] {
      board.read(summaries) { _, readings in readings = Self.readings(time, time / 1_000_000) }
    }
    var host = HostSample()
    HostProbe().read(into: &host)
    (host.collections, host.collecting, host.mostStarting) = (1, 2500, 4)
    host.limits = .init(committedProcessors: 2, committedMemory: 1, usableProcessors: 8, usableMemory: 2)
    host.events = ["state": 3]
    board.take(host)
    return board
  }
}
