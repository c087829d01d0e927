package import Failure

/// A list of domains that ports of one network are allowed. Ports with the same list share one.
package struct Profile: Hashable, Sendable {
  /// What netd and netdns call a list by.
  package typealias ID = UInt32

  /// A function of all below, so that it is the same after a restart.
  package let id: ID
  /// Whose ports may use it: nobody's list can be made to meet somebody else's.
  let uid: UInt32
  let network: Int
  /// Sorted, each once.
  let domains: [String]
  /// Port at the gateways where a resolver answers for just these domains.
  package let port: UInt16
}

/// The profiles in use. A value: no I/O.
package struct ProfileTable: Sendable {
  /// Most profiles, each of which costs a resolver process.
  static let most = 256
  /// Ports for the resolvers; twice as many as profiles, so that most get the one that their id points to.
  static let firstPort: UInt16 = 15_360
  static let ports: UInt32 = 512

  /// By id.
  package private(set) var profiles: [Profile] = []
  private var users: [UInt32: Set<Slot>] = [:]
  /// What the kernel has from before a restart, until those who use it have said their lists again.
  private var reserved: [UInt32: (uid: UInt32, port: UInt16, slots: Set<Slot>)] = [:]

  /// None yet.
  package init() {}

  /// Keeps an id and a port for a user, of whose list nothing is known yet.
  package mutating func reserve(_ id: UInt32, _ port: UInt16, _ uid: UInt32, _ slot: Slot) {
    reserved[id, default: (uid, port, [])].slots.insert(slot)
  }

  /// The profile for a list, which is added if it is new. It has no user yet.
  /// - Throws: `.exhausted` if there are too many.
  package mutating func find(uid: UInt32, network: Int, name: String, domains: Set<String>) throws(Failure) -> Profile {
    let sorted = domains.sorted()
    if let known = profiles.first(where: { $0.uid == uid && $0.network == network && $0.domains == sorted }) {
      return known
    }
    guard profiles.count < Self.most else {
      throw Failure(
        .exhausted, operation: "set policy", object: "\(sorted.count) domains",
        cause: "there are \(Self.most) different domain lists already", remedy: "let VMs share a list")
    }
    // FNV-1a, 32 bits; 0 stands for none in the protocol.
    var id: UInt32 = 0x811c_9dc5
    for byte in (["\(uid)", name] + sorted).joined(separator: "\n").utf8 { id = (id ^ UInt32(byte)) &* 0x0100_0193 }
    while id == 0 || profiles.contains(where: { $0.id == id }) || reserved[id].map({ $0.uid != uid }) == true {
      id &+= 1
    }
    var offset = id % Self.ports
    let others = Set(profiles.map(\.port) + reserved.filter { $0.key != id }.map(\.value.port))
    while others.contains(Self.firstPort + UInt16(offset)) { offset = (offset + 1) % Self.ports }
    let port = reserved[id]?.port ?? Self.firstPort + UInt16(offset)
    let profile = Profile(id: id, uid: uid, network: network, domains: sorted, port: port)
    profiles.append(profile)
    profiles.sort { $0.id < $1.id }
    return profile
  }

  /// Notes which profile a slot uses, nil for none; profiles without user end.
  package mutating func use(_ id: UInt32?, by slot: Slot) {
    for (other, entry) in reserved where entry.slots.contains(slot) { reserved[other]?.slots.remove(slot) }
    reserved = reserved.filter { !$0.value.slots.isEmpty }
    for (other, slots) in users where other != id && slots.contains(slot) { users[other]?.remove(slot) }
    if let id { users[id, default: []].insert(slot) }
    users = users.filter { !$0.value.isEmpty }
    profiles.removeAll { users[$0.id] == nil }
  }
}
