import Glibc

/// What the kernel has counted for a group, for whoever asks of many groups again and again.
extension Cgroup {
  /// What was counted so far. Nil is what the kernel does not count, or not without a controller that the group lacks.
  public struct Counters: Hashable, Sendable {
    /// Processor time used altogether, microseconds.
    public var processorTime: UInt64 = 0
    public var throttling: Throttling?
    public var memory: MemoryCharge?
    /// Processes and threads now.
    public var tasks: UInt64?
    /// By disk; those alone that there was traffic with.
    public var traffic: [Traffic]?
    public var processorPressure: Pressure?
    public var memoryPressure: Pressure?
    public var ioPressure: Pressure?

    /// Nothing of it.
    public init() {}
  }

  /// What a quota of processor time did.
  public struct Throttling: Hashable, Sendable {
    /// Allotment periods that have passed while the group wanted to run.
    public var periods: UInt64
    /// Those of them in which the quota was used up.
    public var throttledPeriods: UInt64
    /// Time that its tasks had to wait for the next allotment, all processors together, microseconds.
    public var time: UInt64

    /// Makes a count.
    public init(periods: UInt64, throttledPeriods: UInt64, time: UInt64) {
      self.periods = periods
      self.throttledPeriods = throttledPeriods
      self.time = time
    }
  }

  /// Memory that is charged to the group, page cache included.
  public struct MemoryCharge: Hashable, Sendable {
    /// Bytes now.
    public var bytes: UInt64
    /// Most bytes that there ever were; nil before Linux 5.19.
    public var peak: UInt64?
    /// How often its bounds were reached.
    public var events: MemoryEvents?

    /// Makes a charge.
    public init(bytes: UInt64, peak: UInt64? = nil, events: MemoryEvents? = nil) {
      self.bytes = bytes
      self.peak = peak
      self.events = events
    }
  }

  /// The counts of `memory.events`.
  public struct MemoryEvents: Hashable, Sendable {
    /// Times that it was slowed down because it was above `memory.high`.
    public var high: UInt64
    /// Times that it was about to go above `memory.max`.
    public var max: UInt64
    /// Times that nothing could be taken back at the limit.
    public var outOfMemory: UInt64
    /// Processes that were killed for it.
    public var kills: UInt64

    /// Makes counts.
    public init(high: UInt64 = 0, max: UInt64 = 0, outOfMemory: UInt64 = 0, kills: UInt64 = 0) {
      self.high = high
      self.max = max
      self.outOfMemory = outOfMemory
      self.kills = kills
    }
  }

  /// Traffic with one disk, as `io.stat` counts it.
  public struct Traffic: Hashable, Sendable {
    /// The disk.
    public var device: BlockDevice
    /// Bytes read.
    public var readBytes: UInt64
    /// Bytes written.
    public var writtenBytes: UInt64
    /// Read operations.
    public var reads: UInt64
    /// Write operations.
    public var writes: UInt64

    /// Makes a count.
    public init(device: BlockDevice, readBytes: UInt64, writtenBytes: UInt64, reads: UInt64, writes: UInt64) {
      self.device = device
      self.readBytes = readBytes
      self.writtenBytes = writtenBytes
      self.reads = reads
      self.writes = writes
    }
  }

  /// How long tasks had to wait for something scarce (Documentation/accounting/psi.rst).
  public struct Pressure: Hashable, Sendable {
    /// While at least one waited.
    public var some: Stall
    /// While all of them did; nil of processors before Linux 5.13.
    public var full: Stall?

    /// One of the two.
    public struct Stall: Hashable, Sendable {
      /// Microseconds.
      public var time: UInt64
      /// Part of the last ten seconds, ten-thousandths.
      public var recent: UInt64

      /// Makes a stall.
      public init(time: UInt64, recent: UInt64) {
        self.time = time
        self.recent = recent
      }
    }

    /// Makes a pressure.
    public init(some: Stall, full: Stall? = nil) {
      self.some = some
      self.full = full
    }
  }

  /// Reads them; nil if the group is gone.
  /// - Parameter controllers: those that the group has: files of the others are not looked for.
  public func counters(_ controllers: Set<Controller>) -> Counters? {
    guard let folder = try? Files.open(path, O_DIRECTORY | Files.held) else { return nil }
    func look<Value>(_ file: String, _ body: (UnsafeRawBufferPointer) -> Value?) -> Value? {
      Files.look(file, in: folder.raw, most: Self.longest, body)
    }
    var counters = Counters()
    guard let processor = look("cpu.stat", Self.processor) else { return nil }
    (counters.processorTime, counters.throttling) = processor
    if controllers.contains(.memory), let bytes = look("memory.current", Self.number) {
      counters.memory = MemoryCharge(
        bytes: bytes, peak: look("memory.peak", Self.number), events: look("memory.events", Self.memoryEvents))
    }
    if controllers.contains(.pids) { counters.tasks = look("pids.current", Self.number) }
    if controllers.contains(.io) { counters.traffic = look("io.stat", Self.traffic) }
    counters.processorPressure = look("cpu.pressure", Self.pressure)
    counters.memoryPressure = look("memory.pressure", Self.pressure)
    counters.ioPressure = look("io.pressure", Self.pressure)
    return counters
  }

  /// Bytes of a file that are read: `io.stat` has about 90 for each disk.
  private static let longest = 16 << 10

  // MARK: the kernel's texts

  /// `cpu.stat`: `KEY NUMBER` lines. The throttling counts are there with the controller.
  static func processor(in text: UnsafeRawBufferPointer) -> (used: UInt64, throttling: Throttling?)? {
    var used: UInt64?
    var throttling = Throttling(periods: 0, throttledPeriods: 0, time: 0)
    var found = 0
    counts(in: text) { key, number in
      switch key {
      case "usage_usec": used = number
      case "nr_periods": (throttling.periods, found) = (number, found + 1)
      case "nr_throttled": (throttling.throttledPeriods, found) = (number, found + 1)
      case "throttled_usec": (throttling.time, found) = (number, found + 1)
      default: break
      }
    }
    return used.map { ($0, found == 3 ? throttling : nil) }
  }

  /// `memory.events`; counts that this kernel does not have stay 0.
  static func memoryEvents(in text: UnsafeRawBufferPointer) -> MemoryEvents? {
    var events = MemoryEvents()
    var isKnown = false
    counts(in: text) { key, number in
      switch key {
      case "high": (events.high, isKnown) = (number, true)
      case "max": events.max = number
      case "oom": events.outOfMemory = number
      case "oom_kill": events.kills = number
      default: break
      }
    }
    return isKnown ? events : nil
  }

  private static func counts(in text: UnsafeRawBufferPointer, _ body: (KernelFields.Word, UInt64) -> Void) {
    var fields = KernelFields(text)
    repeat {
      if let key = fields.word(), let number = fields.number() { body(key, number) }
    } while fields.nextLine()
  }

  static func number(in text: UnsafeRawBufferPointer) -> UInt64? {
    var fields = KernelFields(text)
    return fields.number()
  }

  /// `MAJOR:MINOR rbytes=N wbytes=N rios=N wios=N …` lines.
  static func traffic(in text: UnsafeRawBufferPointer) -> [Traffic] {
    var all: [Traffic] = []
    var fields = KernelFields(text)
    repeat {
      guard let device = fields.word().flatMap({ BlockDevice(text: $0.text) }) else { continue }
      var traffic = Traffic(device: device, readBytes: 0, writtenBytes: 0, reads: 0, writes: 0)
      var isKnown = false
      while let key = fields.word(before: UInt8(ascii: "=")) {
        guard let number = fields.number() else { continue }
        switch key {
        case "rbytes": (traffic.readBytes, isKnown) = (number, true)
        case "wbytes": traffic.writtenBytes = number
        case "rios": traffic.reads = number
        case "wios": traffic.writes = number
        default: break
        }
      }
      // A disk that the group has had nothing to do with has a line without counts on some kernels.
      if isKnown { all.append(traffic) }
    } while fields.nextLine()
    return all
  }

  /// `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`, and the same of `full`.
  static func pressure(in text: UnsafeRawBufferPointer) -> Pressure? {
    var (some, full): (Pressure.Stall?, Pressure.Stall?)
    var fields = KernelFields(text)
    repeat {
      guard let which = fields.word(), let first = fields.word(before: UInt8(ascii: "=")), "avg10" ~= first,
        let recent = fields.hundredths(), fields.skip(2), let last = fields.word(before: UInt8(ascii: "=")),
        "total" ~= last, let time = fields.number()
      else { continue }
      switch which {
      case "some": some = Pressure.Stall(time: time, recent: recent)
      case "full": full = Pressure.Stall(time: time, recent: recent)
      default: break
      }
    } while fields.nextLine()
    return some.map { Pressure(some: $0, full: full) }
  }
}
