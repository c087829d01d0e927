package import Failure
import VMSpec

/// What a pool has promised: bytes that guests may write, whether they have or not.
package struct PoolRoom: Hashable, Sendable {
  /// Most that may be promised.
  package var capacity: UInt64
  /// What is promised: the sizes of all volumes and of VMs' disks, of images of VMs that are no disk now, and of what is
  /// being made.
  package var promised: UInt64
  /// What the file system has left.
  package var free: UInt64

  package init(capacity: UInt64, promised: UInt64, free: UInt64) {
    self.capacity = capacity
    self.promised = promised
    self.free = free
  }

  /// What can still be promised, and could be written today.
  package var available: UInt64 { min(capacity - min(capacity, promised), free) }

  /// Refuses to promise more than there is.
  package func check(more bytes: UInt64, of pool: String, field: String, _ operation: String) throws(Failure) {
    let left = capacity - min(capacity, promised)
    guard bytes > left else { return }
    throw Failure(
      .exhausted, part: .disk, operation: operation, object: "\(field) of \(Size.text(bytes))",
      cause: "the pool \(pool) may promise \(Size.text(capacity)), and \(Size.text(promised)) are promised",
      remedy: "ask for \(Size.text(left)) at most, delete volumes, or make a pool with a larger capacity_gib")
  }

  /// The sum of sizes that may be anything.
  package static func sum(_ sizes: some Sequence<UInt64>) -> UInt64 {
    sizes.reduce(0) { sum, size in
      let (result, overflow) = sum.addingReportingOverflow(size)
      return overflow ? .max : result
    }
  }
}
