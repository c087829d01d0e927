/// Something to do, in the order in which it is listed. Paths are from the runtime folder.
enum Step: Hashable, Sendable {
  /// Replace a file, or make it.
  case write(String, String)
  /// Remove a file.
  case remove(String)
  /// Start a process.
  case start(InstanceID)
  /// Have a process read its files again (SIGHUP).
  case reload(Int32)
  /// Ask a process to end (SIGTERM).
  case stop(Int32)
  /// End a process (SIGKILL).
  case kill(Int32)
}

/// A dnsmasq process.
struct Running: Hashable, Sendable {
  let id: InstanceID
  /// When it was started or found.
  var since: Int64 = 0
  /// Whether it may have missed a change of the files that it reads only when told.
  var isStale = false
  /// Whether it may know of leases that stand in others' way: it forgets them when it ends.
  var isOutdated = false
  /// When it was last asked to end.
  var stoppedAt: Int64?
}

/// What is to be, what is, and what is to be done about the difference. A value: no I/O, no clock.
struct Ledger: Sendable {
  /// A process that does not end within this many milliseconds is killed.
  static let timeout: Int64 = 5000
  /// One that has lived for this many milliseconds is started again as if it had never failed.
  static let steady: Int64 = 30_000

  /// How long a profile that netd no longer names is still served, in milliseconds.
  let linger: Int64
  /// What is to be; nil as long as netd has not said it.
  var wanted: Wanted?
  /// Text by path: what the runtime folder holds.
  var files: [String: String] = [:]
  /// Processes by pid.
  private(set) var running: [Int32: Running] = [:]
  private var backoffs: [InstanceName: Backoff] = [:]
  private var unnamedSince: [InstanceID: Int64] = [:]

  init(linger: Int64) { self.linger = linger }

  // MARK: What has happened

  /// A process was started, or found after a start of our own.
  mutating func began(_ pid: Int32, _ id: InstanceID, now: Int64, isStale: Bool = false) {
    running[pid] = Running(id: id, since: now, isStale: isStale)
  }

  /// A file was written; who reads it only when told has to be told, though that may not be possible at once.
  mutating func wrote(_ path: String, _ text: String) {
    let isForgotten = HostFile.forgets(files[path] ?? "", text)
    files[path] = text
    for (pid, process) in running where wanted?.reread[process.id.name]?.contains(path) == true {
      running[pid]?.isStale = true
      if isForgotten { running[pid]?.isOutdated = true }
    }
  }

  /// A process was asked to read its files again.
  mutating func reloaded(_ pid: Int32) { running[pid]?.isStale = false }

  /// A process was asked to end.
  mutating func stopped(_ pid: Int32, now: Int64) { running[pid]?.stoppedAt = now }

  /// A process could not be started.
  /// - Returns: the milliseconds until the next attempt.
  mutating func failed(_ name: InstanceName, now: Int64) -> Int64 {
    backoffs[name, default: Backoff(first: 100, longest: 10_000)].fail(now: now)
  }

  /// A process has ended.
  /// - Returns: what it was, and whether that was not our request.
  mutating func ended(_ pid: Int32, now: Int64) -> (process: Running, isDeath: Bool)? {
    guard let process = running.removeValue(forKey: pid) else { return nil }
    unnamedSince[process.id] = nil
    if process.stoppedAt != nil { return (process, false) }
    if now - process.since >= Self.steady { backoffs[process.id.name] = nil }
    _ = failed(process.id.name, now: now)
    return (process, true)
  }

  // MARK: What is to be done

  /// The steps from what is to what is to be, as far as they can be taken now.
  mutating func plan(now: Int64) -> [Step] {
    guard let wanted else { return overdue(now) }
    let changed = wanted.files.filter { files[$0.key] != $0.value }
    let ids = Set(wanted.instances)
    unnamedSince = unnamedSince.filter { !ids.contains($0.key) }
    var ends = overdue(now)
    var replaced: [Step] = []
    var reloads: [Step] = []
    var served: Set<InstanceID> = []
    for (pid, process) in running.sorted(by: { $0.key < $1.key }) where process.stoppedAt == nil {
      if ids.contains(process.id), served.insert(process.id).inserted {
        let read = wanted.reread[process.id.name] ?? []
        let news = changed.filter { read.contains($0.key) }
        if process.isOutdated || news.contains(where: { HostFile.forgets(files[$0.key] ?? "", $0.value) }) {
          replaced.append(.stop(pid))
        } else if process.isStale || !news.isEmpty {
          reloads.append(.reload(pid))
        }
      } else if !lingers(process, wanted, now) {
        if isReplaced(process, wanted) { replaced.append(.stop(pid)) } else { ends.append(.stop(pid)) }
      }
    }
    // A file that cannot be written keeps what runs, but nothing that is to end for good, or in another user's place.
    var steps = ends
    for (path, text) in changed.sorted(by: { $0.key < $1.key }) { steps.append(.write(path, text)) }
    steps += reloads + replaced
    for id in wanted.instances where isFree(id.name) && (backoffs[id.name]?.notBefore ?? 0) <= now {
      steps.append(.start(id))
    }
    let inUse = Set(running.values.map(\.id.file))
    for path in files.keys.sorted() where wanted.files[path] == nil && !inUse.contains(path) {
      steps.append(.remove(path))
    }
    return steps
  }

  /// When `plan` is to be asked again though nothing has happened; nil for never.
  func nextDue(now: Int64) -> Int64? {
    var due = running.values.compactMap { $0.stoppedAt.map { $0 + Self.timeout } }
    due += unnamedSince.values.map { $0 + linger }
    for id in wanted?.instances ?? [] where isFree(id.name) { due.append(backoffs[id.name]?.notBefore ?? now) }
    return due.min()
  }

  /// Whether nothing runs that stands in its way, or is it.
  private func isFree(_ name: InstanceName) -> Bool { !running.values.contains { $0.id.name.excludes(name) } }

  /// Whether it serves until the files of what follows it are written.
  private func isReplaced(_ process: Running, _ wanted: Wanted) -> Bool {
    wanted.instances.contains { $0.name.excludes(process.id.name) }
      && !wanted.vacated.contains { $0.excludes(process.id.name) }
  }

  private mutating func lingers(_ process: Running, _ wanted: Wanted, _ now: Int64) -> Bool {
    guard case .profile = process.id.name,
      !wanted.instances.contains(where: { $0.name.excludes(process.id.name) }),
      // What it lets through would get into another user's set.
      !wanted.vacated.contains(where: { $0.excludes(process.id.name) }),
      now - unnamedSince[process.id, default: now] < linger
    else {
      unnamedSince[process.id] = nil
      return false
    }
    unnamedSince[process.id] = unnamedSince[process.id] ?? now
    return true
  }

  private func overdue(_ now: Int64) -> [Step] {
    running.filter { now - ($0.value.stoppedAt ?? now) >= Self.timeout }.keys.sorted().map { .kill($0) }
  }
}
