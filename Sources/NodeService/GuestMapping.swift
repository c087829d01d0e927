import Hypervisor
import NodeAPI
import NodeCore
import SwiftProtobuf

extension Limiquantix_Node_V1_GuestAgentInfo {
  /// What a guest has said of itself; nil if it has never said anything in this run.
  init?(_ status: VMStatus) {
    guard let facts = status.guest else { return nil }
    self.init()
    connected = status.agentConnected
    version = facts.agent.version
    osName = facts.system
    osVersion = facts.release
    kernelVersion = facts.kernel
    hostname = facts.hostName
    ipAddresses = facts.interfaces.flatMap(\.addresses).map(\.address).filter { !Self.isOwn($0) }
    interfaces = facts.interfaces.map { one in
      .with {
        $0.name = one.name
        $0.macAddress = one.mac ?? ""
        $0.ipv4Addresses = one.addresses.filter { !$0.isIPv6 }.map { "\($0.address)/\($0.prefix)" }
        $0.ipv6Addresses = one.addresses.filter(\.isIPv6).map { "\($0.address)/\($0.prefix)" }
      }
    }
    capabilities = facts.agent.commands.sorted()
    if facts.load != nil || !facts.fileSystems.isEmpty { resourceUsage = .init(facts) }
    if let seen = status.agentSeen { lastSeen = .init(seen) }
  }

  /// Whether nobody outside of the guest reaches it there: loopback and link-local.
  private static func isOwn(_ address: String) -> Bool {
    address.hasPrefix("127.") || address == "::1" || address.lowercased().hasPrefix("fe80:")
  }
}

extension Limiquantix_Node_V1_GuestResourceUsage {
  init(_ facts: GuestFacts) {
    self.init()
    disks = facts.fileSystems.map { .init($0) }
    guard let load = facts.load else { return }
    uptimeSeconds = load.uptime.flatMap { UInt64(exactly: $0.rounded(.down)) } ?? 0
    if load.averages.count == 3 {
      (loadAvg1, loadAvg5, loadAvg15) = (load.averages[0], load.averages[1], load.averages[2])
    }
    memoryTotalBytes = load.memoryTotal ?? 0
    memoryAvailableBytes = load.memoryAvailable ?? 0
    if let total = load.memoryTotal, let available = load.memoryAvailable, available <= total {
      memoryUsedBytes = total - available
    }
    swapTotalBytes = load.swapTotal ?? 0
    if let total = load.swapTotal, let free = load.swapFree, free <= total { swapUsedBytes = total - free }
  }
}

extension Limiquantix_Node_V1_GuestDiskUsage {
  init(_ system: GuestFileSystem) {
    self.init()
    mountPoint = system.mount
    device = system.device
    filesystem = system.kind
    totalBytes = system.total ?? 0
    usedBytes = system.used ?? 0
    if let total = system.total, let used = system.used, used <= total, total > 0 {
      availableBytes = total - used
      usagePercent = Double(used) / Double(total) * 100
    }
  }
}
