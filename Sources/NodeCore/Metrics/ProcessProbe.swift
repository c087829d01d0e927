import Glibc
import Linux

/// Reads processor time and memory of hypervisors from `/proc`.
///
/// The files are opened again each time: a kept descriptor would save 4 µs a read and cost one for each virtual
/// processor of the host.
struct ProcessProbe {
  /// Threads of one run.
  private struct Threads {
    var token: String
    var ids: [(index: Int, thread: Int32)] = []
    var searches = 0
  }

  private var threads: [String: Threads] = [:]
  /// Looks for the threads of the virtual processors in a run. QEMU makes them before it answers for the first time.
  private static let mostSearches = 6
  private static let microsecondsPerTick = 1_000_000 / ProcessFacts.ticksPerSecond

  /// One reading of each VM that has a process, by id.
  mutating func read(_ summaries: [VMSummary]) -> [String: ProcessReading] {
    var readings: [String: ProcessReading] = [:]
    for summary in summaries {
      guard let run = summary.run, let facts = ProcessFacts(pid: run.pid), facts.startTime == run.startTime else {
        threads[summary.id] = nil
        continue
      }
      readings[summary.id] = ProcessReading(
        at: Clock.microseconds(), cpu: facts.cpuTicks &* Self.microsecondsPerTick, vcpus: processors(summary, run),
        residentBytes: facts.residentBytes)
    }
    if threads.count > readings.count { threads = threads.filter { readings[$0.key] != nil } }
    return readings
  }

  private mutating func processors(_ summary: VMSummary, _ run: VMSummary.Run) -> [ProcessReading.VirtualProcessor] {
    var known = threads[summary.id] ?? Threads(token: run.token)
    if known.token != run.token { known = Threads(token: run.token) }
    if known.ids.count != summary.vcpus, known.searches < Self.mostSearches {
      known.ids = Self.search(run.pid)
      known.searches += 1
    }
    threads[summary.id] = known
    return known.ids.compactMap { index, thread in
      ProcessFacts(pid: run.pid, thread: thread).map {
        ProcessReading.VirtualProcessor(index: index, cpu: $0.cpuTicks &* Self.microsecondsPerTick)
      }
    }
  }

  /// The threads whose names QEMU has set, with `debug-threads=on`, to `CPU 0/KVM` and the like.
  private static func search(_ pid: Int32) -> [(index: Int, thread: Int32)] {
    let numbers = (try? Files.names(in: "/proc/\(pid)/task")) ?? []
    let found = numbers.compactMap { number -> (index: Int, thread: Int32)? in
      guard let thread = Int32(number), let facts = ProcessFacts(pid: pid, thread: thread),
        let index = processorIndex(facts.name)
      else { return nil }
      return (index, thread)
    }
    return found.sorted { $0.index < $1.index }
  }

  /// The number in `CPU 0/KVM`; nil for any other name.
  static func processorIndex(_ name: String) -> Int? {
    guard name.hasPrefix("CPU "), let slash = name.firstIndex(of: "/") else { return nil }
    return UInt16(name[name.index(name.startIndex, offsetBy: 4)..<slash]).map { Int($0) }
  }
}
