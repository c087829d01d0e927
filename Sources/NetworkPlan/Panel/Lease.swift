package import IPC
import Linux

/// Whose a port is: one NIC of one VM of one user.
package struct Owner: Hashable, Sendable {
  /// The user's number.
  package let uid: UInt32
  /// The VM.
  package let vm: VMIdentity
  /// Index of the NIC.
  package let nic: UInt8

  /// Names one.
  package init(uid: UInt32, vm: VMIdentity, nic: UInt8) {
    self.uid = uid
    self.vm = vm
    self.nic = nic
  }
}

/// A slot in somebody's hands.
package struct Lease: Hashable, Sendable {
  /// Whose it is.
  package let owner: Owner
  /// Whether the slot stays the owner's while nobody holds its TAP.
  package var isKept: Bool
  /// Whether its owner has said what it may reach; until netd knows what, that is nothing.
  package var isRestricted = false
  /// Whether it is in use.
  package var state: PortState
  /// Milliseconds of the daemon's clock at which it came into that state.
  package var since: Int64
  /// When its TAP was first seen without a holder, or its carrier went; nil while somebody holds it.
  package var lostAt: Int64?
  /// Whether the owner gave it back; its handle is then void.
  package var isGivenBack = false
  /// Whether its TAP was removed while somebody held it, who has not given it back since.
  package var isSevered = false

  /// What the kernel is to remember of it.
  package var tag: Tag { .lease(owner, LeaseTag(isKept: isKept, isRestricted: isRestricted)) }
}

/// What a tag says of a lease besides its owner.
package struct LeaseTag: Hashable {
  /// Whether the slot stays the owner's while nobody holds its TAP.
  package var isKept: Bool
  /// Whether its owner has said what it may reach.
  package var isRestricted = false

  /// Makes one.
  package init(isKept: Bool, isRestricted: Bool = false) {
    self.isKept = isKept
    self.isRestricted = isRestricted
  }
}

/// What netd writes into the alias of a TAP, where a holder of the TAP cannot change it:
/// `procurator:spare`, `procurator:retired` or `procurator:UID:VM:NIC:FLAGS:` with the flags k (kept) or t, and p (policy).
/// Behind the last colon an earlier netd wrote the VM's name: it is read over.
package enum Tag: Hashable {
  case spare
  /// To be deleted; its last owner may have another port already.
  case retired
  case lease(Owner, LeaseTag)

  private static let mark = "procurator"

  /// As it stands in the alias.
  package var text: String {
    switch self {
    case .spare: return "\(Self.mark):spare"
    case .retired: return "\(Self.mark):retired"
    case .lease(let owner, let lease):
      let flags = (lease.isKept ? "k" : "t") + (lease.isRestricted ? "p" : "")
      return "\(Self.mark):\(owner.uid):\(owner.vm.text):\(owner.nic):\(flags):"
    }
  }

  /// Reads an alias; nil if it is none of ours.
  package init?(_ alias: String) {
    let parts = alias.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.first == Self.mark[...] else { return nil }
    if parts.count == 2, parts[1] == "spare" {
      self = .spare
      return
    }
    if parts.count == 2, parts[1] == "retired" {
      self = .retired
      return
    }
    guard parts.count == 6, let uid = UInt32(parts[1]), let vm = VMIdentity(String(parts[2])),
      let nic = UInt8(parts[3]), ["k", "t", "kp", "tp"].contains(parts[4]),
      parts[5].isEmpty || DomainName.isLabel(parts[5])
    else { return nil }
    let lease = LeaseTag(isKept: parts[4].first == "k", isRestricted: parts[4].last == "p")
    self = .lease(Owner(uid: uid, vm: vm, nic: nic), lease)
  }
}

extension Tag {
  /// Whose lease it says, nil for a spare.
  package var owner: Owner? { if case .lease(let owner, _) = self { owner } else { nil } }
}
