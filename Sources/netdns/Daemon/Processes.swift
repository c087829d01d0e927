import Glibc
import Linux

/// What the kernel says about the dnsmasqs of a runtime folder.
enum Processes {
  struct Found: Hashable, Sendable {
    let pid: Int32
    let id: InstanceID
    /// Whether it is the process that was started; others are its children, made to answer one client over TCP.
    let isLeader: Bool
  }

  static func arguments(_ dnsmasq: String, _ folder: String, _ id: InstanceID) -> [String] {
    [dnsmasq, "--conf-file=\(folder)/\(id.file)"]
  }

  /// The processes of this user whose command line names a configuration in the folder.
  static func find(_ folder: String) -> [Found] {
    let all = (try? Files.names(in: "/proc")) ?? []
    return all.compactMap { Int32($0) }.compactMap { look($0, folder) }.sorted { $0.pid < $1.pid }
  }

  /// A process, if it is one of them.
  static func look(_ pid: Int32, _ folder: String) -> Found? {
    // Theirs are long lists of arguments; ours are two.
    guard let line = try? Files.readText("/proc/\(pid)/cmdline", limit: 8192) else { return nil }
    let words = line.split(separator: "\0", omittingEmptySubsequences: false).dropLast()
    let start = "--conf-file=\(folder)/"
    guard words.count == 2, words[1].hasPrefix(start),
      let id = InstanceID(file: String(words[1].dropFirst(start.count))),
      owner(pid) == geteuid(), let facts = ProcessFacts(pid: pid), facts.state != "Z"
    else { return nil }
    return Found(pid: pid, id: id, isLeader: getsid(pid) == pid)
  }

  /// The effective uid, from the second number in the line `Uid:`.
  private static func owner(_ pid: Int32) -> UInt32? {
    guard let status = try? Files.readText("/proc/\(pid)/status") else { return nil }
    let line = status.split(separator: "\n").first { $0.hasPrefix("Uid:") }
    return line?.split(separator: "\t").dropFirst(2).first.flatMap { UInt32($0) }
  }
}

// MARK: - The end
extension Processes {
  /// Kills those that were made to answer one client, and whose leader has ended.
  static func endOrphans(_ folder: String) {
    let found = find(folder)
    let leaders = Set(found.filter(\.isLeader).map(\.pid))
    for process in found where !process.isLeader && !leaders.contains(getsid(process.pid)) {
      try? Child.adopt(process, folder)?.handle.signal(SIGKILL)
    }
  }

  /// Ends all of them and waits for it.
  /// - Parameter timeout: milliseconds after which they are killed; after as many more it gives up.
  /// - Returns: how many are left.
  static func endAll(_ folder: String, timeout: Int64 = 5000) -> Int {
    let start = Clock.now()
    var asked: Set<Int32> = []
    while true {
      let found = find(folder)
      let passed = Clock.now() - start
      guard !found.isEmpty, passed < 2 * timeout else { return found.count }
      for process in found where passed >= timeout || asked.insert(process.pid).inserted {
        try? Child.adopt(process, folder)?.handle.signal(passed < timeout ? SIGTERM : SIGKILL)
      }
      usleep(20_000)
    }
  }
}
