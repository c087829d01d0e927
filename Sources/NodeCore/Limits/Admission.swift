import Failure
import Text
import VMSpec

/// What one VM takes of the host's capacity while it is on.
package struct ResourceRequest: Hashable, Sendable {
  /// Virtual processors.
  package var processors: Int
  /// Bytes: the guest's memory, unless it is of huge pages, and the hypervisor's allowance.
  package var memory: UInt64
  /// Bytes of huge pages, which are set aside of the host's memory.
  package var hugeMemory: UInt64 = 0

  /// Nothing.
  package static let none = ResourceRequest(processors: 0, memory: 0)

  init(processors: Int, memory: UInt64, hugeMemory: UInt64 = 0) {
    self.processors = processors
    self.memory = memory
    self.hugeMemory = hugeMemory
  }

  /// That of a VM.
  /// - Parameter isEmulated: whether it runs without KVM.
  init(_ spec: VMSpec, isEmulated: Bool) {
    guard spec.memoryHugepages else {
      self.init(processors: spec.vcpus, memory: MemoryAllowance.limit(spec, isEmulated: isEmulated))
      return
    }
    self.init(
      processors: spec.vcpus, memory: MemoryAllowance.bytes(spec, isEmulated: isEmulated), hugeMemory: spec.memory)
  }

  /// Both together; what does not fit is as much as there can be.
  static func + (a: ResourceRequest, b: ResourceRequest) -> ResourceRequest {
    let memory = a.memory.addingReportingOverflow(b.memory)
    let huge = a.hugeMemory.addingReportingOverflow(b.hugeMemory)
    let processors = a.processors.addingReportingOverflow(b.processors)
    return ResourceRequest(
      processors: processors.overflow ? .max : processors.partialValue,
      memory: memory.overflow ? .max : memory.partialValue, hugeMemory: huge.overflow ? .max : huge.partialValue)
  }
}

/// Whether a VM may be started beside those that are on.
enum Admission {
  /// Says why not; nil permits the start.
  /// - Parameters:
  ///   - request: of the VM that is to start.
  ///   - committed: of all others that are on.
  ///   - pages: the host's huge pages, which are none of the memory that others can have.
  static func decide(
    _ request: ResourceRequest, name: String, committed: ResourceRequest, capacity: Capacity, pages: HugePages = .none
  ) -> Failure? {
    if let refusal = pages.refusal(request.hugeMemory, name: name, committed: committed.hugeMemory) { return refusal }
    let capacity = capacity.without(pages)
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
