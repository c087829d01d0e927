/// How much the VMs of a host may be promised: what it has, and how far that may be exceeded.
package struct Capacity: Hashable, Sendable {
  /// Processors of the host that are online.
  package var processors: Int
  /// Memory of the host, bytes (`MemTotal`).
  package var memory: UInt64
  /// How many virtual processors there may be for one of the host, in thousandths.
  package var processorRatio = 4000
  /// How many bytes may be promised for one of the host, in thousandths.
  package var memoryRatio = 1000
  /// Bytes that are left for the host itself.
  package var reserve: UInt64 = 512 << 20

  /// Virtual processors that may be promised.
  package var usableProcessors: Int {
    let (product, overflow) = processors.multipliedReportingOverflow(by: processorRatio)
    return (overflow ? .max : product) / 1000
  }

  /// Bytes that may be promised.
  package var usableMemory: UInt64 {
    let (high, low) = memory.multipliedFullWidth(by: UInt64(max(0, memoryRatio)))
    // A quotient that does not fit would trap.
    let product = high < 1000 ? UInt64(1000).dividingFullWidth((high, low)).quotient : .max
    return product - min(product, reserve)
  }
}
