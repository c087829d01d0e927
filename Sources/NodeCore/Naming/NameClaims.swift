package import Failure
import IPC
import Linux
import Synchronization

/// Which VM has which name in DNS. A VM is known by its first network card, in that one's network; names of VMs may differ
/// where DNS sees no difference, and then the one that came first has it. A value: no I/O.
struct NameClaims: Sendable {
  /// A VM that has a network card of the number 0.
  struct Claimant: Hashable, Sendable {
    var id: String
    var name: String
    var network: String

    init(id: String, name: String, network: String) {
      self.id = id
      self.name = name
      self.network = network
    }

    /// Nil for a VM that DNS does not know.
    init?(_ record: Record) {
      guard let index = record.nicIndex(0) else { return nil }
      self.init(id: record.id, name: record.spec.name, network: record.spec.nics[index].network)
    }

    /// One label, or nothing that DNS could have.
    var label: String { GuestName.label(name) }

    fileprivate var place: String { "\(label).\(network).internal" }
  }

  private var holders: [String: Claimant] = [:]

  /// Why a VM cannot have its name in DNS; nil if it can.
  func refusal(_ wanted: Claimant, operation: String) -> Failure? {
    if DomainName.isReserved(wanted.label) {
      return Failure(
        .invalid, part: .network, operation: operation, object: wanted.name,
        cause: "as \(wanted.place) it would be what other programs look for by themselves: a guest of that name could "
          + "pose as the proxy, router or host of its neighbours",
        remedy: "choose a name other than \(DomainName.reserved.sorted().joined(separator: ", "))")
    }
    guard !wanted.label.isEmpty, let other = holders[wanted.place], other.id != wanted.id else { return nil }
    return Failure(
      .exists, part: .network, operation: operation, object: wanted.name,
      cause: "its name in DNS, \(wanted.place), is that of the VM \(other.name)",
      remedy: "choose a name that differs from \(other.name) in letters or digits: DNS sees neither case nor the "
        + "difference between ., _ and -")
  }

  /// Gives a VM its name if nobody else has it. What it had before is free.
  mutating func take(_ claimant: Claimant) {
    release(claimant.id)
    guard !claimant.label.isEmpty, !DomainName.isReserved(claimant.label), holders[claimant.place] == nil else {
      return
    }
    holders[claimant.place] = claimant
  }

  mutating func release(_ id: String) { holders = holders.filter { $0.value.id != id } }

  /// What netd is told as a VM's name: empty if it has none.
  func label(of id: String) -> String { holders.values.first { $0.id == id }?.label ?? "" }
}

/// The claims of this host's VMs, for all of them.
package final class NameRegistry: Sendable {
  private let claims = Mutex(NameClaims())

  /// Takes the VMs that there are, in the order in which they were made.
  package func restore(_ records: [Record]) {
    claims.withLock { claims in
      for record in records.sorted(by: { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }) {
        if let claimant = NameClaims.Claimant(record) { claims.take(claimant) }
      }
    }
  }

  /// Gives a new VM, or one with a new network card, its name.
  /// - Throws: why it cannot have it.
  func claim(_ claimant: NameClaims.Claimant, operation: String) throws(Failure) {
    let refusal = claims.withLock { claims in
      let refusal = claims.refusal(claimant, operation: operation)
      if refusal == nil { claims.take(claimant) }
      return refusal
    }
    if let refusal { throw refusal }
  }

  /// Takes what a record says now; a name that another VM has stays that one's.
  package func settle(_ record: Record) {
    claims.withLock { claims in
      if let claimant = NameClaims.Claimant(record) { claims.take(claimant) } else { claims.release(record.id) }
    }
  }

  package func release(_ id: String) { claims.withLock { $0.release(id) } }

  /// What netd is told as a VM's name: empty if it has none.
  package func label(of id: String) -> String { claims.withLock { $0.label(of: id) } }

  /// Why a VM has no name in DNS; nil if it has one, or wants none.
  package func trouble(_ record: Record) -> Failure? {
    guard let claimant = NameClaims.Claimant(record) else { return nil }
    return claims.withLock { claims in
      if claims.label(of: record.id).isEmpty, var refusal = claims.refusal(claimant, operation: "serve name") {
        refusal.cause = "it has no name in DNS: " + refusal.cause
        refusal.remedy = "make it again under another name (delete and create; keep its disks); " + refusal.remedy
        return refusal
      }
      return nil
    }
  }
}
