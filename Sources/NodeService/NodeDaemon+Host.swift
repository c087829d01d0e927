import Failure
import FoundationEssentials
import GRPCCore
import Glibc
import HypervisorQEMU
import Linux
import NodeAPI
import SwiftProtobuf

/// What is said about this host.
extension NodeDaemon {
  func healthCheck(
    request: Limiquantix_Node_V1_HealthCheckRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_HealthCheckResponse {
    let features = try? await fleet.context.hypervisor.features()
    return .with {
      $0.healthy = features != nil
      $0.version = Release.version
      $0.hypervisor = "QEMU"
      $0.hypervisorVersion = features.map { "\($0.version)" } ?? ""
      $0.uptimeSeconds = UInt64(Host.uptime)
    }
  }

  func getNodeInfo(
    request: Google_Protobuf_Empty, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_NodeInfoResponse {
    let facts = fleet.context.facts
    let features = try? await fleet.context.hypervisor.features()
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
        $0.name = "QEMU"
        $0.version = features.map { "\($0.version)" } ?? ""
        $0.maxVcpus = UInt32(AcceleratorChoice.mostTCGProcessors)
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
