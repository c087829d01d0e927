package import Failure
import Synchronization

/// What the VMs that are on take of the host's capacity. A VM that waits for its next automatic start is on: its place is
/// kept.
package final class Commitments: Sendable {
  package let capacity: Capacity
  private let held = Mutex<[String: Demand]>([:])

  init(capacity: Capacity) { self.capacity = capacity }

  /// Everything together.
  package var total: Demand { held.withLock { $0.values.reduce(.none, +) } }

  /// Takes a place for a VM, instead of the one that it has. Of several that come at once, those get one that still fit.
  /// - Throws: the numbers, if there is not enough left. Then it keeps the place that it has, if any.
  package func admit(_ id: String, name: String, _ demand: Demand) throws(Failure) {
    let refusal: Failure? = held.withLock { held in
      let others = held.reduce(Demand.none) { $1.key == id ? $0 : $0 + $1.value }
      let refusal = Admission.decide(demand, name: name, committed: others, capacity: capacity)
      if refusal == nil { held[id] = demand }
      return refusal
    }
    if let refusal { throw refusal }
  }

  /// Notes the place of a VM that is on already; it may be more than there is.
  package func note(_ id: String, _ demand: Demand) { held.withLock { $0[id] = demand } }

  /// Gives the place of a VM back.
  package func release(_ id: String) { held.withLock { $0[id] = nil } }
}
