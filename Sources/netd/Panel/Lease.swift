import IPC

/// Whose a port is: one NIC of one VM of one user.
struct Owner: Hashable, Sendable {
  let uid: UInt32
  let vm: VMIdentity
  let nic: UInt8
}

/// A slot in somebody's hands.
struct Lease: Hashable, Sendable {
  let owner: Owner
  /// Whether the slot stays the owner's while nobody holds its TAP.
  var isKept: Bool
  var state: PortState
  /// Milliseconds of the daemon's clock at which it came into that state.
  var since: Int64
  /// When its TAP was first seen without a holder, or its carrier went; nil while somebody holds it.
  var lostAt: Int64?
  /// Whether the owner gave it back; its handle is then void.
  var isGivenBack = false
}

/// What netd writes into the alias of a TAP, where a holder of the TAP cannot change it.
enum Tag: Hashable {
  case spare
  case lease(Owner, isKept: Bool)

  private static let mark = "procurator"

  var text: String {
    switch self {
    case .spare: return "\(Self.mark):spare"
    case .lease(let owner, let isKept):
      return "\(Self.mark):\(owner.uid):\(owner.vm.text):\(owner.nic):\(isKept ? "k" : "t")"
    }
  }

  /// Reads an alias; nil if it is none of ours.
  init?(_ alias: String) {
    let parts = alias.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.first == Self.mark[...] else { return nil }
    if parts.count == 2, parts[1] == "spare" {
      self = .spare
      return
    }
    guard parts.count == 5, let uid = UInt32(parts[1]), let vm = VMIdentity(String(parts[2])),
      let nic = UInt8(parts[3]),
      parts[4] == "k" || parts[4] == "t"
    else { return nil }
    self = .lease(Owner(uid: uid, vm: vm, nic: nic), isKept: parts[4] == "k")
  }
}
