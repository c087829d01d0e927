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
  /// The guest's hardware address where its owner has chosen one; nil: the slot's own.
  package var mac: UInt64?
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
  package var tag: Tag { .lease(owner, LeaseTag(isKept: isKept, isRestricted: isRestricted, mac: mac)) }
}

/// What a tag says of a lease besides its owner.
package struct LeaseTag: Hashable {
  /// Whether the slot stays the owner's while nobody holds its TAP.
  package var isKept: Bool
  /// Whether its owner has said what it may reach.
  package var isRestricted = false
  /// The guest's hardware address where its owner has chosen one; nil: the slot's own.
  package var mac: UInt64?

  /// Makes one.
  package init(isKept: Bool, isRestricted: Bool = false, mac: UInt64? = nil) {
    self.isKept = isKept
    self.isRestricted = isRestricted
    self.mac = mac
  }
}

/// What netd writes into the alias of a TAP, where a holder of the TAP cannot change it:
/// `procurator:spare`, `procurator:retired` or `procurator:UID:VM:NIC:FLAGS:` with the flags k (kept) or t, p (policy), and m
/// (hardware address). Behind the last colon stand, with m, the twelve digits of a chosen hardware address; without it, what
/// an earlier netd wrote there is the VM's name, which is read over.
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
      let flags = (lease.isKept ? "k" : "t") + (lease.isRestricted ? "p" : "") + (lease.mac != nil ? "m" : "")
      let digits = lease.mac.map { String(Hex.text($0).suffix(12)) } ?? ""
      return "\(Self.mark):\(owner.uid):\(owner.vm.text):\(owner.nic):\(flags):\(digits)"
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
      let nic = UInt8(parts[3])
    else { return nil }
    let isChosen = parts[4].last == "m"
    let flags = isChosen ? parts[4].dropLast() : parts[4]
    let mac = isChosen ? Self.mac(parts[5]) : nil
    guard ["k", "t", "kp", "tp"].contains(flags),
      isChosen ? mac != nil : parts[5].isEmpty || DomainName.isLabel(parts[5])
    else { return nil }
    let lease = LeaseTag(isKept: flags.first == "k", isRestricted: flags.last == "p", mac: mac)
    self = .lease(Owner(uid: uid, vm: vm, nic: nic), lease)
  }

  private static func mac(_ digits: Substring) -> UInt64? {
    guard digits.utf8.count == 12, let mac = UInt64(digits, radix: 16), HardwareAddress.isUnicast(mac),
      Hex.text(mac).hasSuffix(digits)
    else { return nil }
    return mac
  }
}

extension Tag {
  /// Whose lease it says, nil for a spare.
  package var owner: Owner? { if case .lease(let owner, _) = self { owner } else { nil } }

  /// The hardware address that the lease's owner has chosen; nil if none was.
  package var mac: UInt64? { if case .lease(_, let lease) = self { lease.mac } else { nil } }
}
