import Glibc
import Linux

/// What one disk of the host has done since it came. Rates are over two readings.
package struct HostDisk: Hashable, Sendable {
  /// As the kernel calls it: `sda`.
  package var name: String
  package var reads: UInt64
  package var readBytes: UInt64
  package var writes: UInt64
  package var writtenBytes: UInt64
  /// Milliseconds with requests under way.
  package var busy: UInt64
  /// Per second; nil until there are two readings.
  package var readRate: Double?
  package var writeRate: Double?
  /// Of the time, 100 is all of it.
  package var busyPercent: Double?

  package init(name: String, reads: UInt64, readBytes: UInt64, writes: UInt64, writtenBytes: UInt64, busy: UInt64) {
    self.name = name
    (self.reads, self.readBytes, self.writes, self.writtenBytes) = (reads, readBytes, writes, writtenBytes)
    self.busy = busy
  }

  /// Computes the rates.
  /// - Parameter time: between the readings, microseconds.
  mutating func compare(with older: HostDisk, _ time: UInt64) {
    readRate = VMRates.perSecond(older.reads, reads, in: time)
    writeRate = VMRates.perSecond(older.writes, writes, in: time)
    busyPercent = VMRates.perSecond(older.busy, busy, in: time).map { min(100, $0 / 10) }
  }
}

/// The kernel's counters of disks, /proc/diskstats (Documentation/admin-guide/iostats.rst).
enum DiskStatistics {
  /// Of a sector there, in bytes, whatever the disk has.
  private static let sector: UInt64 = 512

  /// Whole disks that are hardware, or are to the kernel: not what it makes of files, memory and other disks.
  static func read() -> [HostDisk] {
    let text = (try? Files.readText("/proc/diskstats", limit: 1 << 22)) ?? ""
    return parse(text).filter { disk in
      !disk.name.hasPrefix("sr") && !disk.name.hasPrefix("fd")
        && access("/sys/block/\(disk.name.replacing("/", with: "!"))/device", F_OK) == 0
    }
  }

  /// All there are: `MAJOR MINOR NAME`, reads, those merged, sectors, milliseconds, the same four of writes, requests under
  /// way, milliseconds with such.
  static func parse(_ text: String) -> [HostDisk] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard words.count >= 13 else { return nil }
      let numbers = words[3...12].compactMap { UInt64($0) }
      guard numbers.count == 10 else { return nil }
      return HostDisk(
        name: String(words[2]), reads: numbers[0],
        readBytes: numbers[2].multipliedReportingOverflow(by: sector).partialValue,
        writes: numbers[4], writtenBytes: numbers[6].multipliedReportingOverflow(by: sector).partialValue,
        busy: numbers[9])
    }
  }
}
