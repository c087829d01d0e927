import Failure
import FoundationEssentials
import GRPCCore
import Glibc
import Hypervisor
import Linux
import NodeAPI
import NodeCore
import Storage
import SwiftProtobuf
import VMSpec

/// What is said about this host.
extension NodeDaemon {
  func healthCheck(
    request: Limiquantix_Node_V1_HealthCheckRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_HealthCheckResponse {
    let capabilities = try? await fleet.context.backend.capabilities()
    return .with {
      $0.healthy = capabilities != nil
      $0.version = Release.version
      $0.hypervisor = fleet.context.backend.name
      $0.hypervisorVersion = capabilities?.version ?? ""
      $0.uptimeSeconds = UInt64(Host.uptime)
    }
  }

  func getNodeInfo(
    request: Google_Protobuf_Empty, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_NodeInfoResponse {
    let node = fleet.context
    var taps: Set<String> = []
    for vm in await fleet.all() { taps.formUnion(await vm.record.ports.map(\.tap)) }
    let host = await HostInventory.gather(taps: taps, imageTool: Tool.qemuImage.path, by: node.looks)
    let capabilities = try? await node.backend.capabilities()
    let kept = node.paths.state + "/node-id"
    let id = await documents.run { NodeIdentity.read(kept: kept) }
    let memory = MemoryInfo.read()
    return .with {
      $0.nodeID = id ?? ""
      $0.hostname = ProcessInfo.processInfo.hostName
      $0.managementIp = host.managementAddress(node.settings.api.listen)
      $0.cpu = .init(host.processors)
      $0.memory = .with {
        $0.totalBytes = memory["MemTotal"] ?? 0
        $0.availableBytes = memory["MemAvailable"] ?? 0
        $0.usedBytes = $0.totalBytes - min($0.totalBytes, $0.availableBytes)
      }
      $0.storage = host.storage.map { .init($0) }
      $0.network = host.links.map { .init($0) }
      $0.capabilities = .init(node.backend, capabilities, host, memory: memory["MemTotal"] ?? 0)
    }
  }
}

extension Limiquantix_Node_V1_CpuInfo {
  fileprivate init(_ processors: ProcessorTopology) {
    self.init()
    model = processors.model
    sockets = UInt32(clamping: processors.sockets)
    coresPerSocket = UInt32(clamping: processors.coresPerSocket)
    threadsPerCore = UInt32(clamping: processors.threadsPerCore)
    totalThreads = UInt32(clamping: processors.threads)
    frequencyMhz = processors.megahertz ?? 0
    features = processors.flags
  }
}

extension Limiquantix_Node_V1_StorageInfo {
  fileprivate init(_ fileSystem: HostInventory.FileSystem) {
    self.init()
    device = fileSystem.mount.device
    mountPoint = fileSystem.mount.point
    filesystem = fileSystem.mount.type
    totalBytes = fileSystem.room?.total ?? 0
    usedBytes = fileSystem.room?.used ?? 0
    availableBytes = fileSystem.room?.available ?? 0
  }
}

extension Limiquantix_Node_V1_NetworkInfo {
  fileprivate init(_ link: HostLink) {
    self.init()
    name = link.name
    macAddress = link.mac
    ipAddresses = link.addresses
    speedMbps = link.speed ?? 0
    up = link.isUp
  }
}

extension Limiquantix_Node_V1_HypervisorCapabilities {
  fileprivate init(_ backend: any Backend, _ capabilities: Capabilities?, _ host: HostInventory, memory: UInt64) {
    self.init()
    name = backend.name
    guard let capabilities else { return }
    version = capabilities.version
    supportsSnapshots = host.hasImageTool
    supportsHotplug = capabilities.buses.contains(where: \.isPluggable) && !capabilities.models.isEmpty
    supportsNestedVirtualization = host.hasNestedKVM
    maxVcpus = UInt32(clamping: HostFacts.opensKVM ? VMSpec.mostProcessors : backend.mostEmulatedProcessors)
    maxMemoryBytes = memory
  }
}

/// Numbers of the kernel about this machine.
private enum Host {
  /// Seconds since boot.
  static var uptime: Double {
    (try? Files.readText("/proc/uptime")).flatMap { $0.split(separator: " ").first }.flatMap { Double($0) } ?? 0
  }
}
