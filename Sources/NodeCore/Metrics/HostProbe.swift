import Glibc
import Linux

/// Reads what the kernel says of the machine and of the supervisor itself.
struct HostProbe {
  /// Fills in what is read from `/proc`.
  func read(into sample: inout HostSample) {
    sample.cpus = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    if let times = (try? Files.read("/proc/stat", limit: 1 << 20)).flatMap(Self.processorTimes) {
      (sample.busyTicks, sample.allTicks) = times
    }
    let memory = MemoryInfo.read()
    sample.memory = memory["MemTotal"] ?? 0
    sample.memoryAvailable = memory["MemAvailable"] ?? 0
    sample.disks = DiskStatistics.read()
    sample.own = ProcessFacts(pid: getpid())
    if let own = sample.own {
      // The start is counted from the boot, as CLOCK_BOOTTIME is.
      let age = Clock.sinceBoot() - Double(own.startTime) / Double(ProcessFacts.ticksPerSecond)
      sample.ownStart = UInt64(max(0, Clock.wall() - max(0, age)))
    }
    sample.descriptors = Self.descriptors()
    sample.mostDescriptors = UInt64(Descriptor.usage().most)
  }

  /// Open descriptors. Since Linux 6.2 the folder's size is their number; before, somebody has to count.
  private static func descriptors() -> UInt64 {
    var status = stat()
    if stat("/proc/self/fd", &status) == 0, status.st_size > 0 { return UInt64(status.st_size) }
    // One of them is the folder itself.
    return UInt64(max(0, ((try? Files.names(in: "/proc/self/fd"))?.count ?? 1) - 1))
  }

  /// Busy and all ticks of the first line of `/proc/stat`: user nice system idle iowait irq softirq steal, and guest
  /// time that user has already.
  static func processorTimes(_ bytes: [UInt8]) -> (busy: UInt64, all: UInt64)? {
    let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    let words = line.split(separator: " ")
    let numbers = words.dropFirst().prefix(8).compactMap { UInt64($0) }
    guard words.first == "cpu", numbers.count == 8 else { return nil }
    let all = numbers.reduce(0, &+)
    return (all &- numbers[3] &- numbers[4], all)
  }
}
