import Glibc

/// A control group of version 2: a folder that the kernel keeps (Documentation/admin-guide/cgroup-v2.rst).
///
/// Every file of it takes one value per `write(2)` and gives its whole content per `read(2)`; what the kernel refuses comes
/// back as its error number.
public struct Cgroup: Hashable, Sendable {
  /// The folder, below where the hierarchy is mounted.
  public let path: String

  /// Names the group in that folder, which need not exist.
  public init(path: String) { self.path = path }

  /// What a group can limit and count, by the kernel's names. Not cpuset: it asks for rights over each process when it is
  /// switched on or off above them, and KVM keeps threads of the kernel in the group of a guest (`cpuset_can_attach`, before 6.7).
  public enum Controller: String, CaseIterable, Sendable {
    /// Processor time.
    case cpu
    /// Block devices.
    case io
    /// Memory.
    case memory
    /// Number of processes and threads.
    case pids
  }

  /// Last part of the path.
  public var name: String { path.split(separator: "/").last.map(String.init) ?? "" }

  /// The group above; itself at the end of the path.
  public var parent: Cgroup {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return self }
    return Cgroup(path: String(path[..<slash]))
  }

  /// The group of that name below.
  public func child(_ name: String) -> Cgroup { Cgroup(path: path + "/" + name) }

  /// Names of the groups right below, sorted.
  public var children: [String] {
    ((try? Files.names(in: path)) ?? []).filter { child($0).exists }.sorted()
  }

  /// Whether it is there.
  public var exists: Bool { Files.exists(path + "/cgroup.procs") }

  /// Whether the caller may move processes in and out of it and make groups below: that of a delegated subtree.
  public var isDelegated: Bool {
    ["", "/cgroup.procs", "/cgroup.subtree_control"].allSatisfy { access(path + $0, W_OK) == 0 }
  }

  /// Whether a living process is in it or below.
  public var isPopulated: Bool { counts("cgroup.events")["populated"] == 1 }

  // MARK: controllers

  /// What the groups above let it use.
  public var controllers: Set<Controller> { named("cgroup.controllers") }

  /// What it lets the groups below use.
  public var enabled: Set<Controller> { named("cgroup.subtree_control") }

  /// Lets the groups below use `controller`.
  /// - Throws: `ENOENT` if it cannot use it itself, `EBUSY` while there are processes in it (not below).
  public func enable(_ controller: Controller) throws(Errno) {
    try write("cgroup.subtree_control", "+" + controller.rawValue)
  }

  private func named(_ file: String) -> Set<Controller> {
    Set((read(file) ?? "").split(whereSeparator: \.isWhitespace).compactMap { Controller(rawValue: String($0)) })
  }

  // MARK: existence

  /// Makes it; one that is there already stays as it is.
  public func make() throws(Errno) {
    if mkdir(path, 0o755) != 0 && errno != EEXIST { throw Errno(errno) }
  }

  /// Removes it. What is not there is no error. Blocks while its last processes are dying.
  /// - Parameter timeout: milliseconds to try for; 0 tries once.
  /// - Throws: `EBUSY` if somebody is still in it, or a group below it.
  public func remove(timeout: Int64 = 0) throws(Errno) {
    let end = Clock.now() + timeout
    if try isRemoved() { return }
    guard timeout > 0, let events = try? Files.open(path + "/cgroup.events", O_RDONLY) else { throw Errno(EBUSY) }
    var seen: UInt8 = 0
    while true {
      // Whatever changes after it was read wakes the poll (kernfs_generic_poll), which the last process does.
      _ = pread(events.raw, &seen, 1, 0)
      if try isRemoved() { return }
      let left = end - Clock.now()
      guard left > 0 else { throw Errno(EBUSY) }
      var entry = pollfd(fd: events.raw, events: Int16(POLLPRI), revents: 0)
      _ = poll(&entry, 1, Int32(clamping: left))
    }
  }

  /// Removes it, unless somebody is still in it.
  private func isRemoved() throws(Errno) -> Bool {
    if rmdir(path) == 0 || errno == ENOENT { return true }
    guard errno == EBUSY else { throw Errno(errno) }
    return false
  }

  // MARK: processes

  /// Moves a process, with all its threads, into it. Memory that it has already stays where it was charged.
  /// - Throws: `EBUSY` if the group lets groups below use controllers, `ESRCH` if the process is gone, `EACCES` without
  ///   the right to the nearest group above both places.
  public func enter(_ pid: Int32) throws(Errno) { try write("cgroup.procs", String(pid)) }

  /// The processes that are in it.
  public var processes: [Int32] {
    (read("cgroup.procs") ?? "").split(separator: "\n").compactMap { Int32($0) }
  }

  /// Kills everything in it and below at once.
  /// - Throws: `ENOENT` before Linux 5.14.
  public func kill() throws(Errno) { try write("cgroup.kill", "1") }

  // MARK: files

  /// Whether the group has that file: its controller is enabled and knows it.
  public func has(_ file: String) -> Bool { Files.exists(path + "/" + file) }

  /// Content of a file; nil if there is none.
  public func read(_ file: String) -> String? { try? Files.readText(path + "/" + file) }

  /// Writes one value.
  public func write(_ file: String, _ value: String) throws(Errno) {
    let descriptor = try Files.open(path + "/" + file, O_WRONLY)
    try Files.writeAll(Array(value.utf8), to: descriptor.raw)
  }

  /// A file of `KEY NUMBER` lines.
  func counts(_ file: String) -> [String: UInt64] { Self.counts(in: read(file) ?? "") }

  /// Reads `KEY NUMBER` lines; others are left out.
  static func counts(in text: String) -> [String: UInt64] {
    var counts: [String: UInt64] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 2, let number = UInt64(words[1]) else { continue }
      counts[String(words[0])] = number
    }
    return counts
  }
}
