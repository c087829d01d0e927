package import Failure
import Synchronization

/// What the VMs that are on take of the host's capacity. A VM that waits for its next automatic start is on: its place is
/// kept.
package final class Allocations: Sendable {
  package let capacity: Capacity
  /// Counts the host's huge pages.
  private let pages: @Sendable () -> HugePages
  private let held = Mutex<[String: ResourceRequest]>([:])

  init(capacity: Capacity, pages: @escaping @Sendable () -> HugePages = { .none }) {
    self.capacity = capacity
    self.pages = pages
  }

  /// The host's capacity without what is set aside as huge pages.
  package var offered: Capacity { capacity.without(pages()) }

  /// Everything together.
  package var total: ResourceRequest { held.withLock { $0.values.reduce(.none, +) } }

  /// Takes a place for a VM, instead of the one that it has. Of several that come at once, those get one that still fit.
  /// - Throws: the numbers, if there is not enough left. Then it keeps the place that it has, if any.
  package func admit(_ id: String, name: String, _ request: ResourceRequest) throws(Failure) {
    let pages = pages()
    let refusal: Failure? = held.withLock { held in
      let others = held.reduce(ResourceRequest.none) { $1.key == id ? $0 : $0 + $1.value }
      let refusal = Admission.decide(request, name: name, committed: others, capacity: capacity, pages: pages)
      if refusal == nil { held[id] = request }
      return refusal
    }
    if let refusal { throw refusal }
  }

  /// Notes the place of a VM that is on already; it may be more than there is.
  package func note(_ id: String, _ request: ResourceRequest) { held.withLock { $0[id] = request } }

  /// Gives the place of a VM back.
  package func release(_ id: String) { held.withLock { $0[id] = nil } }
}
