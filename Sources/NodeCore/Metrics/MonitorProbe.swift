import Failure
import HypervisorQEMU
import Linux
import Synchronization
import Text

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
    let drives = try await execute(run, "query-blockstats", ["query-nodes": false])
    board.read(run.id, run.token) { $0.take(DriveReading(drives, names: run.drives, at: Clock.microseconds())) }
    let path = JSON.string("/machine/peripheral/\(QEMUCommand.balloon)")
    if count == 0 {
      // The guest begins to report; until then there is nothing to read.
      _ = try await execute(
        run, "qom-set",
        ["path": path, "property": "guest-stats-polling-interval", "value": .integer(Int64(Self.pollingInterval))])
    }
    if count == 0 || count % 4 == 2 {
      let balloon = try await execute(run, "query-balloon")["actual"]?.integer
      board.read(run.id, run.token) { $0.memory.balloon = balloon.map { UInt64(max(0, $0)) } }
    }
    if count == 2 || count % 4 == 0 {
      let stats = try await execute(run, "qom-get", ["path": path, "property": "guest-stats"])
      board.read(run.id, run.token) { $0.memory.take(stats) }
    }
  }

  private func execute(
    _ run: MetricsBoard.Monitor, _ command: String, _ arguments: JSON? = nil
  ) async throws(Failure) -> JSON {
    try await run.monitor.execute(command, arguments: arguments, timeout: max(interval, .seconds(2)))
  }
}

extension Readings {
  fileprivate mutating func take(_ reading: DriveReading) {
    drives = reading
    answeredAt = reading.at
  }
}

extension DriveReading {
  /// The answer to `query-blockstats`. Only devices of the guest count, not the nodes of firmware below them.
  /// - Parameter names: by device id; a device that was plugged in later goes by its id.
  init(_ answer: JSON, names: [String: String], at time: UInt64) {
    at = time
    drives = (answer.array ?? []).compactMap { entry in
      guard let device = Self.device(entry["qdev"]?.string ?? ""), let stats = entry["stats"] else { return nil }
      func count(_ key: String) -> UInt64 { UInt64(max(0, stats[key]?.integer ?? 0)) }
      return DriveCounters(
        name: names[device] ?? device, readBytes: count("rd_bytes"), writtenBytes: count("wr_bytes"),
        reads: count("rd_operations"), writes: count("wr_operations"), flushes: count("flush_operations"))
    }
  }

  /// The id in `/machine/peripheral/blk0/virtio-backend`.
  private static func device(_ path: String) -> String? {
    let prefix = "/machine/peripheral/"
    guard path.hasPrefix(prefix) else { return nil }
    let id = path.dropFirst(prefix.count).prefix { $0 != "/" }
    return id.isEmpty ? nil : String(id)
  }
}

extension GuestMemory {
  /// The balloon's property `guest-stats`. What the guest does not report is the largest number, which does not fit.
  fileprivate mutating func take(_ answer: JSON) {
    // Before the first report everything is there and nothing is true.
    guard (answer["last-update"]?.integer ?? 0) > 0, let stats = answer["stats"] else { return }
    func bytes(_ key: String) -> UInt64? { stats[key]?.integer.flatMap { $0 < 0 ? nil : UInt64($0) } }
    available = bytes("stat-total-memory")
    usable = bytes("stat-available-memory")
    unused = bytes("stat-free-memory")
    cached = bytes("stat-disk-caches")
    swapIn = bytes("stat-swap-in")
    swapOut = bytes("stat-swap-out")
  }
}
