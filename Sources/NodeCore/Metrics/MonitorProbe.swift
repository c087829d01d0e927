import Failure
import Hypervisor
import Linux
import Synchronization

/// Asks hypervisors for what only they know: counters of drives, balloon, the guest's own view of its memory.
///
/// The questions are spread over the interval, and a hypervisor has one of them at a time: who does not answer is asked
/// nothing more until the time limit, and keeps its last readings on the board with their age.
final class MonitorProbe: Sendable {
  private let board: MetricsBoard
  private let interval: Duration
  private let visits = Mutex<[String: Visit]>([:])

  /// How often the questions of a moment are sent.
  private static let slice: Duration = .milliseconds(50)
  /// How often a guest is to report its memory, seconds: each report wakes it.
  private static let pollingInterval = 10

  /// What is remembered between the visits to one run.
  private struct Visit {
    var token: String
    var isBusy = false
    /// Visits so far.
    var count = 0
  }

  init(board: MetricsBoard, interval: Duration) {
    self.board = board
    self.interval = interval
  }

  /// Asks on a clock until it is cancelled.
  func run() async {
    while !Task.isCancelled {
      let runs = board.monitors()
      visits.withLock { visits in
        let living = Set(runs.map(\.id))
        visits = visits.filter { living.contains($0.key) }
      }
      let begin = ContinuousClock.now
      let slices = max(1, Int(interval / Self.slice))
      for slice in 0..<slices {
        for index in (runs.count * slice / slices)..<(runs.count * (slice + 1) / slices) { visit(runs[index]) }
        do { try await Task.sleep(until: begin + interval * (slice + 1) / slices, clock: .continuous) } catch { return }
      }
    }
  }

  private func visit(_ run: MetricsBoard.Monitor) {
    let count: Int? = visits.withLock { visits in
      var visit = visits[run.id] ?? Visit(token: run.token)
      if visit.token != run.token { visit = Visit(token: run.token) }
      guard !visit.isBusy else { return nil }
      visit.isBusy = true
      defer { visit.count += 1 }
      visits[run.id] = Visit(token: visit.token, isBusy: true, count: visit.count + 1)
      return visit.count
    }
    guard let count else { return }
    Task {
      // A hypervisor that does not answer has said so by its age on the board; its log has the reason.
      try? await ask(run, count)
      visits.withLock { visits in
        if visits[run.id]?.token == run.token { visits[run.id]?.isBusy = false }
      }
    }
  }

  /// Drives every time; balloon and memory take turns at every second visit, for they change slowly.
  private func ask(_ run: MetricsBoard.Monitor, _ count: Int) async throws(Failure) {
    let (machine, timeout) = (run.machine, max(interval, .seconds(2)))
    let drives = try await machine.diskCounters(timeout: timeout)
    board.read(run.id, run.token) { $0.take(DriveReading(drives, names: run.drives, at: Clock.microseconds())) }
    if count == 0 {
      // The guest begins to report; until then there is nothing to read.
      try await machine.reportMemory(every: Self.pollingInterval, timeout: timeout)
    }
    if count == 0 || count % 4 == 2 {
      let balloon = try await machine.balloon(timeout: timeout)
      board.read(run.id, run.token) { $0.memory.balloon = balloon }
    }
    if count == 2 || count % 4 == 0, let stats = try await machine.guestMemory(timeout: timeout) {
      board.read(run.id, run.token) { $0.memory.take(stats) }
    }
  }
}

extension Readings {
  fileprivate mutating func take(_ reading: DriveReading) {
    drives = reading
    answeredAt = reading.at
  }
}

extension DriveReading {
  /// - Parameter names: of disks and drives; one that was plugged in later goes by its number.
  init(_ counters: [DiskCounters], names: [Device: String], at time: UInt64) {
    at = time
    drives = counters.map { drive in
      DriveCounters(
        name: names[drive.device] ?? "\(drive.device)", readBytes: drive.readBytes, writtenBytes: drive.writtenBytes,
        reads: drive.reads,
        writes: drive.writes, flushes: drive.flushes)
    }
  }
}

extension GuestMemory {
  fileprivate mutating func take(_ stats: GuestStats) {
    (available, usable, unused, cached) = (stats.total, stats.available, stats.free, stats.caches)
    (swapIn, swapOut) = (stats.swapIn, stats.swapOut)
  }
}
