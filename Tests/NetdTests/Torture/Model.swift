import IPC

@testable import NetworkPlan
@testable import netd

/// What a user has, as far as somebody can know who has only asked.
struct Model {
  /// What was said about a port.
  struct Rules: Hashable {
    var list: UInt32 = 0
    var ranges: [Policy.Range] = []
    var sendRate: UInt64 = 0
    var receiveRate: UInt64 = 0
  }

  struct Holding {
    var slot: SlotName
    var port: PortAddress
    /// Nil where no answer told it.
    var handle: UInt64?
    var isKept: Bool
    /// Nil after a restart of netd, which forgets it while the TAP is held.
    var isGivenBack: Bool? = false
    /// Whether the TAP is there; somebody may have deleted it.
    var hasTap = true
    var isRestricted = false
    /// Nil where netd could not know any more what they were.
    var rules: Rules? = Rules()
    var forwards: [HostPort: UInt16] = [:]
  }

  /// What must hold: its TAP is held, or its slot is kept.
  var solid: [Owner: Holding] = [:]
  /// What ends, sooner or later.
  var fading: [Owner: Holding] = [:]
  /// What only its owner remembers: netd has restarted, and there was no TAP.
  var claimed: [Owner: Holding] = [:]

  func holder(of slot: SlotName) -> Owner? { solid.first { $0.value.slot == slot }?.key }

  func holder(of port: HostPort) -> Owner? { solid.first { $0.value.forwards[port] != nil }?.key }

  /// Ends what nothing holds any more.
  mutating func fade(_ owner: Owner) {
    if let holding = solid.removeValue(forKey: owner) { fading[owner] = holding }
  }
}

/// One thing that is asked of netd.
enum Ask: Sendable {
  case attach(Owner, network: String, address: UInt32, keep: Bool)
  case detach(Owner, handle: UInt64)
  case forget(UInt32, VMIdentity)
  case policy(Owner, isRestricted: Bool, Model.Rules)
  case forward(Owner, Transport, guestPort: UInt16, hostPort: UInt16, isClosed: Bool)

  /// The owner; NIC 0 stands for all of a VM.
  var owner: Owner {
    switch self {
    case .attach(let owner, _, _, _), .detach(let owner, _), .policy(let owner, _, _),
      .forward(let owner, _, _, _, _):
      owner
    case .forget(let uid, let vm): Owner(uid: uid, vm: vm, nic: 0)
    }
  }

  var word: String {
    switch self {
    case .attach: "attach"
    case .detach: "detach"
    case .forget: "forget"
    case .policy: "policy"
    case .forward(_, _, _, _, let isClosed): isClosed ? "close forward" : "forward"
    }
  }
}
