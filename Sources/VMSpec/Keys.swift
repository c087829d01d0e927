import IPC

/// The keys of each mapping of the document, which reading, records and what is shown have from here. The published schema
/// and the manual have the same ones; tests compare them.
enum SpecKeys {
  enum Root: String, CaseIterable, CodingKey {
    case name, labels, vcpus, memory, memoryHugepages, machine, accel, boot, bootOrder, guestOs, disks, nics, cdroms,
      display, vncPort, cloudInit, console, agent, limits, health, restart, strict
  }
  enum Boot: String, CaseIterable, CodingKey { case kernel, initrd, cmdline, firmware }
  enum Disk: String, CaseIterable, CodingKey {
    case name, path, format, bus, readonly, bootable, size, backing, iops, throughput
  }
  enum NIC: String, CaseIterable, CodingKey {
    case network, model, address, mac, allowedDomains, allowedAddresses, forwards, bandwidth
  }
  enum Forward: String, CaseIterable, CodingKey { case guest, host, `protocol` }
  enum Bandwidth: String, CaseIterable, CodingKey { case send, receive }
  enum CDROM: String, CaseIterable, CodingKey { case name, path, bootable }
  enum CloudInit: String, CaseIterable, CodingKey {
    case userData, metaData, networkConfig, vendorData, sshKeys, hostname
  }
  enum Limits: String, CaseIterable, CodingKey { case cpu, cpuWeight, memoryOverhead, ioWeight, tasks }
  enum Health: String, CaseIterable, CodingKey { case check, port, path, command, interval, timeout, threshold, grace }
  enum Restart: String, CaseIterable, CodingKey { case policy, maxAttempts, backoff, maxBackoff, resetAfter }
}

extension VMSpec {
  /// Most processors of a VM: every release of the hypervisor that is supported takes more on its board, with KVM.
  package static var mostProcessors: Int { SpecLimits.vcpus.upperBound }
}

/// The numbers of the rules, in one place for the parser, its messages and the schema test.
enum SpecLimits {
  static let document = 1 << 20
  static let nameLength = 63
  static let labels = 50
  static let labelKey = 63
  static let labelValue = 255
  static let vcpus = 1...256
  static let memory = (16 * Size.mebi)...(16 * Size.tebi)
  static let diskSize = Size.mebi...VMSpec.largestDisk
  static let disks = 16
  static let nics = 8
  /// Bytes per second.
  static let rate = 1024...NetdLimits.rate
  static let cmdline = KernelLine.most
  /// PATH_MAX of Linux, less the final zero.
  static let path = 4095
  static let attempts = 1...1000
  static let backoff = 1...3600
  static let resetAfter = 1...86_400
  static let healthTimeout = 1...600
  static let threshold = 1...100
  static let grace = 0...3600
  static let commandWords = 64
  /// In thousandths of a processor.
  static let cpu = 10...(256 * 1000)
  /// Documentation/admin-guide/cgroup-v2.rst of Linux.
  static let weight = 1...10_000
  static let memoryOverhead = (16 * Size.mebi)...Size.tebi
  static let tasks = 16...65_536
  static let iops = 1...10_000_000
  static let cdroms = 4
  /// Ports below are those of the system (RFC 6335, section 6).
  static let vncPort = 1024...Int(UInt16.max)
  /// Bytes of each file of a cloud-init seed.
  static let seed = 256 << 10
  static let sshKeys = 64
  static let sshKey = 16 << 10
  /// A microvm board has 24 virtio-mmio places; balloon, random numbers and agent take three (tried on QEMU 7.2).
  static let microvmDevices = 21
}

extension VMSpec {
  /// Most CD drives of a VM.
  package static let mostDrives = SpecLimits.cdroms
  /// Bytes of the largest disk, whoever makes it.
  package static let largestDisk = 64 * Size.tebi
}
