import NodeAPI
import Text

extension TopView {
  /// One VM. What is not known is left out: rates until there are two readings, everything but the state without a
  /// process.
  struct VM: Encodable, Hashable, Sendable {
    var id: String
    var name: String
    var state: String
    var uptimeSeconds: UInt64?
    var restarts: UInt64
    var vcpus: UInt32
    var cpuPercent: Double?
    var cpuSeconds: Double
    var vcpuPercent: [Double]
    var memoryBytes: UInt64
    var memoryResidentBytes: UInt64
    var memoryPSSBytes: UInt64?
    var memoryBalloonBytes: UInt64?
    var memoryAvailableBytes: UInt64?
    var memoryUsableBytes: UInt64?
    var diskReadBytesPerSecond: Double?
    var diskWriteBytesPerSecond: Double?
    var diskReadsPerSecond: Double?
    var diskWritesPerSecond: Double?
    var diskReadBytes: UInt64
    var diskWriteBytes: UInt64
    var networkReceiveBytesPerSecond: Double?
    var networkTransmitBytesPerSecond: Double?
    var networkReceiveBytes: UInt64?
    var networkTransmitBytes: UInt64?
    var monitorAgeSeconds: Double?
    var groupUsage: GroupView?

    enum CodingKeys: String, CodingKey {
      case id, name, state, restarts, vcpus
      case uptimeSeconds = "uptime_seconds"
      case cpuPercent = "cpu_percent"
      case cpuSeconds = "cpu_seconds"
      case vcpuPercent = "vcpu_percent"
      case memoryBytes = "memory_bytes"
      case memoryResidentBytes = "memory_resident_bytes"
      case memoryPSSBytes = "memory_pss_bytes"
      case memoryBalloonBytes = "memory_balloon_bytes"
      case memoryAvailableBytes = "memory_available_bytes"
      case memoryUsableBytes = "memory_usable_bytes"
      case diskReadBytesPerSecond = "disk_read_bytes_per_second"
      case diskWriteBytesPerSecond = "disk_write_bytes_per_second"
      case diskReadsPerSecond = "disk_reads_per_second"
      case diskWritesPerSecond = "disk_writes_per_second"
      case diskReadBytes = "disk_read_bytes"
      case diskWriteBytes = "disk_write_bytes"
      case networkReceiveBytesPerSecond = "network_receive_bytes_per_second"
      case networkTransmitBytesPerSecond = "network_transmit_bytes_per_second"
      case networkReceiveBytes = "network_receive_bytes"
      case networkTransmitBytes = "network_transmit_bytes"
      case monitorAgeSeconds = "monitor_age_seconds"
      case groupUsage = "group_usage"
    }

    init(_ usage: Procurator_Node_V1_VMUsage) {
      id = usage.vmID
      name = usage.name
      state = usage.state
      uptimeSeconds = usage.hasUptimeSeconds ? usage.uptimeSeconds : nil
      restarts = usage.restarts
      vcpus = usage.vcpus
      cpuPercent = usage.hasCpuPercent ? usage.cpuPercent : nil
      cpuSeconds = usage.cpuSeconds
      vcpuPercent = usage.vcpuPercent
      memoryBytes = usage.memoryBytes
      memoryResidentBytes = usage.memoryResidentBytes
      memoryPSSBytes = usage.hasMemoryPssBytes ? usage.memoryPssBytes : nil
      memoryBalloonBytes = usage.hasMemoryBalloonBytes ? usage.memoryBalloonBytes : nil
      memoryAvailableBytes = usage.hasMemoryAvailableBytes ? usage.memoryAvailableBytes : nil
      memoryUsableBytes = usage.hasMemoryUsableBytes ? usage.memoryUsableBytes : nil
      diskReadBytesPerSecond = usage.hasDiskReadBytesPerSecond ? usage.diskReadBytesPerSecond : nil
      diskWriteBytesPerSecond = usage.hasDiskWriteBytesPerSecond ? usage.diskWriteBytesPerSecond : nil
      diskReadsPerSecond = usage.hasDiskReadsPerSecond ? usage.diskReadsPerSecond : nil
      diskWritesPerSecond = usage.hasDiskWritesPerSecond ? usage.diskWritesPerSecond : nil
      diskReadBytes = usage.diskReadBytes
      diskWriteBytes = usage.diskWriteBytes
      networkReceiveBytesPerSecond =
        usage.hasNetworkReceiveBytesPerSecond ? usage.networkReceiveBytesPerSecond : nil
      networkTransmitBytesPerSecond =
        usage.hasNetworkTransmitBytesPerSecond ? usage.networkTransmitBytesPerSecond : nil
      networkReceiveBytes = usage.hasNetworkReceiveBytes ? usage.networkReceiveBytes : nil
      networkTransmitBytes = usage.hasNetworkTransmitBytes ? usage.networkTransmitBytes : nil
      monitorAgeSeconds = usage.hasMonitorAgeSeconds ? usage.monitorAgeSeconds : nil
      groupUsage = usage.hasGroupUsage ? GroupView(usage.groupUsage) : nil
    }

    /// How much of what is sorted by it uses.
    func weight(_ order: TopOrder) -> Double {
      switch order {
      case .cpu: cpuPercent ?? -1
      case .mem: Double(memoryResidentBytes)
      case .net: (networkReceiveBytesPerSecond ?? -1) + (networkTransmitBytesPerSecond ?? -1)
      case .disk: (diskReadBytesPerSecond ?? -1) + (diskWriteBytesPerSecond ?? -1)
      case .name: 0
      }
    }

    /// What the host gives for it, of what the guest has.
    var memory: String {
      let given = Quantity.bytes(memoryBytes)
      return memoryResidentBytes == 0 ? given : "\(Quantity.bytes(memoryResidentBytes))/\(given)"
    }

    /// Of 100 allotment periods those in which its quota was used up; empty if it was not.
    var throttled: String {
      groupUsage?.cpuThrottledPercent.flatMap { $0 > 0 ? Quantity.percent($0) : nil } ?? ""
    }

    /// What the guest uses, of what it knows of.
    var guestMemory: String {
      guard let memoryAvailableBytes, let memoryUsableBytes else { return "" }
      let used = memoryAvailableBytes - min(memoryAvailableBytes, memoryUsableBytes)
      return "\(Quantity.bytes(used))/\(Quantity.bytes(memoryAvailableBytes))"
    }
  }
}
