import Glibc

/// What `/proc/PID` tells about a process (proc(5)).
public struct ProcessFacts: Hashable, Sendable {
  /// State letter; `Z` is a process that has ended and waits to be reaped.
  public let state: Character
  /// Clock ticks between boot and its start: with the pid, its identity on this boot.
  public let startTime: UInt64
  /// Processor time used, seconds.
  public let cpuSeconds: Double
  /// Resident memory, bytes.
  public let residentBytes: UInt64

  /// Reads them; nil if there is no such process.
  public init?(pid: Int32) {
    guard let text = try? Files.readText("/proc/\(pid)/stat"), let close = text.lastIndex(of: ")") else { return nil }
    // Field 3 is the first one behind the command, which may itself hold blanks and parentheses.
    let fields = text[text.index(after: close)...].split(separator: " ")
    guard fields.count > 21, let letter = fields[0].first, let user = UInt64(fields[11]),
      let system = UInt64(fields[12]),
      let start = UInt64(fields[19]), let pages = UInt64(fields[21])
    else { return nil }
    state = letter
    startTime = start
    cpuSeconds = Double(user + system) / Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
    residentBytes = pages * UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))
  }
}
