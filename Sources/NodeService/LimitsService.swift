import Failure
import GRPCCore
import Linux
package import NodeAPI
package import NodeCore
import SwiftProtobuf
package import VMSpec

/// `procurator.node.v1.Limits`: what VMs may take of their host.
struct LimitsService: Procurator_Node_V1_Limits.SimpleServiceProtocol {
  let fleet: Fleet

  init(fleet: Fleet) {
    self.fleet = fleet
  }

  func capacity(
    request: Google_Protobuf_Empty, context: ServerContext
  ) async throws -> Procurator_Node_V1_CapacityReply {
    let limits = fleet.context.limits
    let capacity = limits.allocations.offered
    let committed = limits.allocations.total
    return .with {
      $0.processors = UInt32(clamping: capacity.processors)
      $0.memoryBytes = capacity.memory
      $0.processorRatio = UInt32(clamping: capacity.processorRatio)
      $0.memoryRatio = UInt32(clamping: capacity.memoryRatio)
      $0.reserveBytes = capacity.reserve
      $0.usableVcpus = UInt32(clamping: capacity.usableProcessors)
      $0.usableBytes = capacity.usableMemory
      $0.committedVcpus = UInt32(clamping: committed.processors)
      $0.committedBytes = committed.memory
      $0.controllers = (limits.tree?.controllers ?? []).map(\.rawValue).sorted()
      $0.group = limits.tree?.root.path ?? ""
      $0.missing = limits.warnings
      $0.strict = limits.isStrict
    }
  }

  func setLimits(
    request: Procurator_Node_V1_LimitsChange, context: ServerContext
  ) async throws -> Procurator_Node_V1_LimitsReply {
    try await refusing {
      let vm = try await fleet.find(request.vm, operation: "change limits")
      try await vm.changeLimits(LimitsChange(request))
      return .init(await vm.status)
    }
  }

  func setBalloon(
    request: Procurator_Node_V1_BalloonRequest, context: ServerContext
  ) async throws -> Procurator_Node_V1_LimitsReply {
    try await refusing {
      let vm = try await fleet.find(request.vm, operation: "set balloon")
      try await vm.setBalloon(request.bytes)
      return .init(await vm.status)
    }
  }
}

extension LimitsChange {
  /// What is asked for; the rules of the specification judge it.
  package init(_ message: Procurator_Node_V1_LimitsChange) {
    self.init(
      cpu: message.hasCpuThousandths ? Int(message.cpuThousandths) : nil,
      cpuWeight: message.hasCpuWeight ? Int(message.cpuWeight) : nil,
      memoryOverhead: message.hasMemoryOverheadBytes ? message.memoryOverheadBytes : nil,
      ioWeight: message.hasIoWeight ? Int(message.ioWeight) : nil, tasks: message.hasTasks ? Int(message.tasks) : nil,
      disks: message.disks.map {
        Disk(
          name: $0.disk, iops: $0.hasIops ? Int($0.iops) : nil, throughput: $0.hasThroughput ? $0.throughput : nil)
      })
  }
}

extension Procurator_Node_V1_LimitsReply {
  fileprivate init(_ status: VMStatus) {
    self.init()
    name = status.record.spec.name
    limits = .init(status.record.spec, status.limits)
    if let bytes = status.limits.balloon { balloon = .init(bytes, target: status.limits.balloonTarget) }
    warnings = status.warnings.map(\.sentence)
  }
}

extension Limiquantix_Node_V1_LimitStatus {
  /// Limits as the specification has them, or as they were computed.
  package init(_ spec: VMSpec, _ status: LimitStatus) {
    self.init()
    cpuThousandths = UInt32(clamping: spec.limits.cpu ?? 0)
    cpuWeight = UInt32(clamping: spec.limits.cpuWeight ?? GroupPlan.usualWeight)
    if let overhead = status.overhead {
      memoryOverheadBytes = overhead
      memoryBytes = spec.memory.addingReportingOverflow(overhead).partialValue
    }
    ioWeight = UInt32(clamping: spec.limits.ioWeight ?? GroupPlan.usualWeight)
    tasks = UInt32(clamping: GroupPlan.tasks(spec))
    disks = spec.disks.enumerated().filter { $1.iops != nil || $1.throughput != nil }.map { index, disk in
      .with {
        $0.disk = disk.effectiveName(at: index)
        $0.iops = UInt32(clamping: disk.iops ?? 0)
        $0.throughput = disk.throughput ?? 0
      }
    }
    group = status.group ?? ""
  }
}

extension Limiquantix_Node_V1_BalloonStatus {
  package init(_ bytes: UInt64, target: UInt64?) {
    self.init()
    self.bytes = bytes
    targetBytes = target ?? 0
  }
}
