import Failure
import FoundationEssentials
import GRPCCore
import Glibc
import Hypervisor
import Linux
import NodeAPI
import SwiftProtobuf

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
    let facts = fleet.context.facts
    let capabilities = try? await fleet.context.backend.capabilities()
    let memory = MemoryInfo.read()
    return .with {
      $0.nodeID = Host.machineID
      $0.hostname = ProcessInfo.processInfo.hostName
      $0.cpu = .with {
        $0.model = facts.cpuModel
        $0.totalThreads = UInt32(ProcessInfo.processInfo.activeProcessorCount)
      }
      $0.memory = .with {
        $0.totalBytes = memory["MemTotal"] ?? 0
        $0.availableBytes = memory["MemAvailable"] ?? 0
        $0.usedBytes = $0.totalBytes - min($0.totalBytes, $0.availableBytes)
      }
      $0.capabilities = .with {
        $0.name = fleet.context.backend.name
        $0.version = capabilities?.version ?? ""
        $0.maxVcpus = UInt32(fleet.context.backend.mostEmulatedProcessors)
        $0.maxMemoryBytes = memory["MemTotal"] ?? 0
      }
    }
  }
}

/// Numbers of the kernel about this machine.
private enum Host {
  /// Seconds since boot.
  static var uptime: Double {
    (try? Files.readText("/proc/uptime")).flatMap { $0.split(separator: " ").first }.flatMap { Double($0) } ?? 0
  }

  /// machine-id(5); empty where there is none.
  static var machineID: String {
    (try? Files.readText("/etc/machine-id"))?.split(separator: "\n").first.map(String.init) ?? ""
  }
}
