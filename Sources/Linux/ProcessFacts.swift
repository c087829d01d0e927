import Glibc

/// What `/proc/PID/stat` tells about a process or one of its threads (proc_pid_stat(5)).
public struct ProcessFacts: Hashable, Sendable {
  /// Name of the process or thread, as it was given to the kernel.
  public let name: String
  /// State letter; `Z` is a process that has ended and waits to be reaped.
  public let state: Character
  /// Clock ticks between boot and its start: with the pid, its identity on this boot.
  public let startTime: UInt64
  /// Processor time used, clock ticks of `ticksPerSecond`.
  public let cpuTicks: UInt64
  /// Threads of the process.
  public let threads: UInt64
  /// Address space, bytes.
  public let virtualBytes: UInt64
  /// Resident memory, bytes.
  public let residentBytes: UInt64

  /// Clock ticks of one second.
  public static let ticksPerSecond = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
  private static let pageSize = UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))
  /// Longest line that is read: 52 fields of 20 digits, and a name.
  private static let longest = 2048

  /// Processor time used, seconds.
  public var cpuSeconds: Double { Double(cpuTicks) / Double(Self.ticksPerSecond) }

  /// Reads them; nil if there is no such process.
  public init?(pid: Int32) { self.init(path: "/proc/\(pid)/stat") }

  /// The same of one thread: name, state and processor time are its own, the memory is the process's.
  public init?(pid: Int32, thread: Int32) { self.init(path: "/proc/\(pid)/task/\(thread)/stat") }

  private init?(path: String) {
    let facts = Files.look(path, most: Self.longest) { ProcessFacts(line: $0) }
    guard let facts else { return nil }
    self = facts
  }

  /// Reads the kernel's line; nil if it has another form, or numbers that fit nowhere.
  public init?(line: UnsafeRawBufferPointer) {
    // The name may itself hold blanks and parentheses.
    guard let open = line.firstIndex(of: UInt8(ascii: "(")), let close = line.lastIndex(of: UInt8(ascii: ")")),
      open < close, close + 2 < line.count
    else { return nil }
    name = String(decoding: line[(open + 1)..<close], as: UTF8.self)
    state = Character(Unicode.Scalar(line[close + 2]))
    // Field 4 is the first number behind the state; 14 is the first that is wanted.
    var fields = KernelFields(line, at: close + 3)
    guard fields.skip(10), let user = fields.number(), let system = fields.number(), fields.skip(4),
      let threads = fields.number(), fields.skip(1), let start = fields.number(), let address = fields.number(),
      let pages = fields.number()
    else { return nil }
    let (ticks, tooMuch) = user.addingReportingOverflow(system)
    let (bytes, tooLarge) = pages.multipliedReportingOverflow(by: Self.pageSize)
    guard !tooMuch, !tooLarge else { return nil }
    cpuTicks = ticks
    residentBytes = bytes
    virtualBytes = address
    startTime = start
    self.threads = threads
  }
}
