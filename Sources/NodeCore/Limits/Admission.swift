import Failure
import Text
import VMSpec

/// What one VM takes of the host's capacity while it is on.
package struct ResourceRequest: Hashable, Sendable {
  /// Virtual processors.
  package var processors: Int
  /// Bytes: the guest's memory and the hypervisor's allowance.
  package var memory: UInt64

  /// Nothing.
  package static let none = ResourceRequest(processors: 0, memory: 0)

  init(processors: Int, memory: UInt64) {
    self.processors = processors
    self.memory = memory
  }

  /// That of a VM.
  /// - Parameter isEmulated: whether it runs without KVM.
  init(_ spec: VMSpec, isEmulated: Bool) {
    self.init(processors: spec.vcpus, memory: MemoryAllowance.limit(spec, isEmulated: isEmulated))
  }

  /// Both together; what does not fit is as much as there can be.
  static func + (a: ResourceRequest, b: ResourceRequest) -> ResourceRequest {
    let memory = a.memory.addingReportingOverflow(b.memory)
    let processors = a.processors.addingReportingOverflow(b.processors)
    return ResourceRequest(
      processors: processors.overflow ? .max : processors.partialValue,
      memory: memory.overflow ? .max : memory.partialValue)
  }
}

/// Whether a VM may be started beside those that are on.
enum Admission {
  /// Says why not; nil permits the start.
  /// - Parameters:
  ///   - request: of the VM that is to start.
  ///   - committed: of all others that are on.
  static func decide(_ request: ResourceRequest, name: String, committed: ResourceRequest, capacity: Capacity)
    -> Failure?
  {
    let memory = capacity.usableMemory
    if committed.memory > memory || request.memory > memory - committed.memory {
      let usable =
        "\(Amount.text(memory)) usable (\(Amount.text(capacity.memory)) × \(Thousandths.ratio(capacity.memoryRatio)) − "
        + "\(Amount.text(capacity.reserve)) reserve)"
      return refusal(
        name, fits: request.memory <= memory,
        "\(Amount.text(committed.memory)) committed of \(usable), needs \(Amount.text(request.memory))",
        "stop other VMs, give it less memory, or raise OvercommitMemory=")
    }
    let processors = capacity.usableProcessors
    if committed.processors > processors || request.processors > processors - committed.processors {
      let usable = "\(processors) usable (\(capacity.processors) × \(Thousandths.ratio(capacity.processorRatio)))"
      return refusal(
        name, fits: request.processors <= processors,
        "\(committed.processors) vCPUs committed of \(usable), needs \(request.processors)",
        "stop other VMs, give it fewer vcpus, or raise OvercommitCPU=")
    }
    return nil
  }

  /// What can never fit is wrong in itself; anything else can succeed later.
  private static func refusal(_ name: String, fits: Bool, _ numbers: String, _ remedy: String) -> Failure {
    Failure(
      fits ? .exhausted : .invalid, part: .limit, operation: "start", object: name, cause: numbers, remedy: remedy)
  }
}
