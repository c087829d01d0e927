package import Failure
import IPC

/// A list of domains that ports of one network may reach, as netd knows it: by numbers alone. Which domains they are its
/// owner tells netdns.
package struct DomainList: Hashable, Sendable {
  /// What netd and netdns call a list by.
  package typealias ID = UInt32

  /// The number in nftables. It is what the owner chose, or the next one that is free; so it is the same after a restart.
  package let id: ID
  /// Whose ports may use it: nobody's list can be made to meet somebody else's.
  let uid: UInt32
  let network: Int
  /// What its owner calls it; not 0.
  package let number: UInt32
  /// Port at the gateways where a resolver answers for just these domains.
  package let port: UInt16
}

/// The lists that ports have. A value: no I/O.
package struct ListTable: Sendable {
  /// Most lists, each of which costs a resolver process.
  static let most = 256
  /// Ports for the resolvers; twice as many as lists, so that most get the one that their number points to.
  static let firstPort: UInt16 = 15_360
  static let ports: UInt32 = 512

  /// How often a port has got another list, or none any more.
  package private(set) var changes: UInt64 = 0
  private var bySlot: [Slot: DomainList] = [:]
  /// Those that the kernel says, and of which nobody has said what their owner calls them.
  private var adopted: Set<DomainList.ID> = []

  /// None yet.
  package init() {}

  /// All lists, each once.
  package var all: Set<DomainList> { Set(bySlot.values) }

  /// The list of a port; nil if it has none.
  package func list(of slot: Slot) -> DomainList? { bySlot[slot] }

  /// Takes over what the kernel says of a port from before a restart, until its owner says it again. Nearly always the
  /// number there is the owner's.
  package mutating func adopt(_ id: DomainList.ID, _ port: UInt16, uid: UInt32, network: Int, _ slot: Slot) {
    bySlot[slot] = DomainList(id: id, uid: uid, network: network, number: id, port: port)
    adopted.insert(id)
    changes += 1
  }

  /// A user's list, with numbers of its own if it is new. No port has it yet. What was moved on to the next free id before a
  /// restart is that one still, though the kernel does not say what its owner calls it.
  /// - Throws: `.exhausted` if there are too many.
  package func find(uid: UInt32, network: Int, number: UInt32) throws(Failure) -> DomainList {
    let all = all
    if let known = all.first(where: { $0.uid == uid && $0.network == network && $0.number == number }) { return known }
    var id = number
    let byID = Dictionary(all.map { ($0.id, $0) }) { first, _ in first }
    while id == 0 || byID[id] != nil {
      if let former = byID[id], former.uid == uid, former.network == network, adopted.contains(id) {
        return DomainList(id: id, uid: uid, network: network, number: number, port: former.port)
      }
      id &+= 1
    }
    guard all.count < Self.most else {
      throw Failure(
        .exhausted, operation: "set policy", object: "list \(Hex.text(number))",
        cause: "there are \(Self.most) different domain lists already", remedy: "let VMs share a list")
    }
    var offset = id % Self.ports
    let taken = Set(all.map(\.port))
    while taken.contains(Self.firstPort + UInt16(offset)) { offset = (offset + 1) % Self.ports }
    return DomainList(id: id, uid: uid, network: network, number: number, port: Self.firstPort + UInt16(offset))
  }

  /// Notes which list a port has, nil for none; lists without a port end.
  package mutating func use(_ list: DomainList?, by slot: Slot) {
    if let list, adopted.remove(list.id) != nil {
      // Other ports that had it have the same, by the name that it has now.
      for (other, former) in bySlot where former.id == list.id && former != list {
        bySlot[other] = list
        changes += 1
      }
    }
    guard bySlot[slot] != list else { return }
    bySlot[slot] = list
    changes += 1
  }
}
