import Failure
import Hypervisor

/// What one VM takes of the host's capacity while it is on.
struct Demand: Hashable, Sendable {
  /// Virtual processors.
  var processors: Int
  /// Bytes: the guest's memory and the hypervisor's allowance.
  var memory: UInt64

  /// Nothing.
  static let none = Demand(processors: 0, memory: 0)

  init(processors: Int, memory: UInt64) {
    self.processors = processors
    self.memory = memory
  }

  /// That of a VM.
  /// - Parameter translates: runs without KVM.
  init(_ spec: VMSpec, translates: Bool) {
    self.init(processors: spec.vcpus, memory: MemoryAllowance.limit(spec, translates: translates))
  }

  /// Both together; what does not fit is as much as there can be.
  static func + (a: Demand, b: Demand) -> Demand {
    let memory = a.memory.addingReportingOverflow(b.memory)
    let processors = a.processors.addingReportingOverflow(b.processors)
    return Demand(
      processors: processors.overflow ? .max : processors.partialValue,
      memory: memory.overflow ? .max : memory.partialValue)
  }
}

/// How much the VMs of a host may be promised: what it has, and how far that may be exceeded.
struct Capacity: Hashable, Sendable {
  /// Processors of the host that are online.
  var processors: Int
  /// Memory of the host, bytes (`MemTotal`).
  var memory: UInt64
  /// How many virtual processors there may be for one of the host, in thousandths.
  var processorRatio = 4000
  /// How many bytes may be promised for one of the host, in thousandths.
  var memoryRatio = 1000
  /// Bytes that are left for the host itself.
  var reserve: UInt64 = 512 << 20

  /// Virtual processors that may be promised.
  var usableProcessors: Int {
    let (product, overflow) = processors.multipliedReportingOverflow(by: processorRatio)
    return (overflow ? .max : product) / 1000
  }

  /// Bytes that may be promised.
  var usableMemory: UInt64 {
    let (high, low) = memory.multipliedFullWidth(by: UInt64(max(0, memoryRatio)))
    // A quotient that does not fit would trap.
    let product = high < 1000 ? UInt64(1000).dividingFullWidth((high, low)).quotient : .max
    return product - min(product, reserve)
  }
}

/// Whether a VM may be started beside those that are on.
enum Admission {
  /// Says why not; nil permits the start.
  /// - Parameters:
  ///   - demand: of the VM that is to start.
  ///   - committed: of all others that are on.
  static func decide(_ demand: Demand, name: String, committed: Demand, capacity: Capacity) -> Failure? {
    let memory = capacity.usableMemory
    if committed.memory > memory || demand.memory > memory - committed.memory {
      let usable =
        "\(Amount.text(memory)) usable (\(Amount.text(capacity.memory)) × \(ratio(capacity.memoryRatio)) − "
        + "\(Amount.text(capacity.reserve)) reserve)"
      return refusal(
        name, fits: demand.memory <= memory,
        "\(Amount.text(committed.memory)) committed of \(usable), needs \(Amount.text(demand.memory))",
        "stop other VMs, give it less memory, or raise OvercommitMemory=")
    }
    let processors = capacity.usableProcessors
    if committed.processors > processors || demand.processors > processors - committed.processors {
      let usable = "\(processors) usable (\(capacity.processors) × \(ratio(capacity.processorRatio)))"
      return refusal(
        name, fits: demand.processors <= processors,
        "\(committed.processors) vCPUs committed of \(usable), needs \(demand.processors)",
        "stop other VMs, give it fewer vcpus, or raise OvercommitCPU=")
    }
    return nil
  }

  /// What can never fit is wrong in itself; anything else can succeed later.
  private static func refusal(_ name: String, fits: Bool, _ numbers: String, _ cure: String) -> Failure {
    Failure(fits ? .exhausted : .invalid, step: "start", object: name, cause: numbers, cure: cure)
  }

  /// `4.0`, `1.25`: a ratio is shown as one even when it is whole.
  static func ratio(_ thousandths: Int) -> String {
    let text = Thousandths.text(thousandths)
    return text.contains(".") ? text : text + ".0"
  }
}

/// Bytes as people read them.
enum Amount {
  /// In the greatest unit that fits, with at most one decimal: `12 GiB`, `15.5 GiB`, `512 MiB`.
  static func text(_ bytes: UInt64) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    var unit = 0
    var (whole, tenths) = (bytes, UInt64(0))
    while whole >= 1024, unit < units.count - 1 {
      tenths = whole % 1024 * 10 / 1024
      whole /= 1024
      unit += 1
    }
    return tenths == 0 ? "\(whole) \(units[unit])" : "\(whole).\(tenths) \(units[unit])"
  }
}
