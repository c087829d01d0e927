import Failure
import IPC
import IPCNames
import Linux
import NetworkPlan

/// What supervisors have said of their VMs, and who has which name by that. A value: no I/O, no clock.
///
/// Anybody may say anything: it counts only for ports that netd says are the client's user's. What is said before netd has said so
/// is remembered as long as the client is there.
struct Told: Sendable {
  /// A VM of a user.
  struct Key: Hashable, Sendable {
    let uid: UInt32
    let vm: VMIdentity
  }

  /// For how long, in milliseconds, is remembered what has neither client nor port.
  let linger: Int64
  private var names: [Key: Said<String>] = [:]
  private var lists: ToldLists
  /// Who has a name keeps it as long as it has its port and says no other.
  private var holders: [NamePlace: Key] = [:]
  /// Names that were taken back since the last listing.
  private var released: Set<NamePlace> = []
  /// Names of which the files of an earlier release do not say whose they are; whoever has the address now is meant.
  private var unowned: [UInt32: ServedName] = [:]
  /// When something is to be forgotten; nil if nothing is. As of the last listing, which alone lets times begin: it is asked for at
  /// every turn, and there may be many names.
  private(set) var forgetAt: Int64?

  /// Takes over what the files of an earlier run say.
  init(linger: Int64, files: [String: String] = [:]) {
    self.linger = linger
    lists = ToldLists(linger: linger)
    // After a downgrade it may be older than the names.
    guard let text = files[ToldFile.path], ToldFile.isOf(text, files) else {
      let former = files.flatMap { path, text in NameFile.parse(path, text) }
      unowned = Dictionary(former.map { ($0.address, $0) }) { first, _ in first }
      return
    }
    for owned in ToldFile.parse(text) {
      names[owned.key] = Said(owned.name)
      holders[NamePlace(network: owned.network, name: owned.name)] = owned.key
    }
  }

  // MARK: What is said

  /// Takes what a VM of a user is called.
  /// - Returns: whether that is something new.
  /// - Throws: `.invalid` for what is no name, `.exists` if a VM of another user has it, `.exhausted` over the bound; what was
  ///   said before holds then.
  @discardableResult
  mutating func take(_ request: TellName, uid: UInt32, by client: Int) throws(Failure) -> Bool {
    let key = Key(uid: uid, vm: request.vm)
    let before = names[key]?.value ?? ""
    if !request.name.isEmpty { try check(request, key) }
    names[key] = request.name.isEmpty ? nil : Said(request.name, by: client)
    if before != request.name, !before.isEmpty { release(before, of: key) }
    return before != request.name
  }

  private func check(_ request: TellName, _ key: Key) throws(Failure) {
    let object = "VM name \"\(request.name)\""
    guard DomainName.isLabel(request.name), !DomainName.isReserved(request.name) else {
      throw Failure(
        .invalid, operation: "serve name", object: object, cause: "it cannot be a name in DNS",
        remedy: "use small letters, digits and inner hyphens, at most \(NamesLimits.name), and none of "
          + DomainName.reserved.sorted().joined(separator: ", "))
    }
    guard DomainName.isLabel(request.network) else {
      throw Failure(
        .invalid, operation: "serve name", object: "network \"\(request.network)\"",
        cause: "it cannot be the name of a network", remedy: "say that of the VM's first network card")
    }
    if let holder = holders[NamePlace(network: request.network, name: request.name)], holder.uid != key.uid {
      throw Failure(
        .exists, operation: "serve name", object: object,
        cause: "a VM of another user has it in network \(request.network)", remedy: "choose another name")
    }
    guard names[key] != nil || names.keys.count(where: { $0.uid == key.uid }) < NamesLimits.names else {
      throw Failure(
        .exhausted, operation: "serve name", object: object,
        cause: "user \(key.uid) has named \(NamesLimits.names) VMs already",
        remedy: "take names of deleted VMs back")
    }
  }

  /// Takes which domains a list of a user has; as `ToldLists` does.
  @discardableResult
  mutating func take(_ request: TellDomains, uid: UInt32, by client: Int) throws(Failure) -> Bool {
    try lists.take(request, uid: uid, by: client)
  }

  /// A VM is called so no longer; nobody else is, either.
  private mutating func release(_ name: String, of key: Key) {
    for (place, holder) in holders where holder == key && place.name == name {
      holders[place] = nil
      released.insert(place)
    }
  }

  /// A connection has ended. What it said holds as long as netd knows a port of it.
  mutating func leave(_ client: Int) {
    for (key, said) in names where said.by == client { names[key]?.by = nil }
    lists.leave(client)
  }

  // MARK: What follows

  /// What is to be served by what netd says.
  /// - Parameter isNew: whether netd was started a moment ago, so that it may not know of all ports yet.
  mutating func listing(_ facts: PortFacts, isNew: Bool = false, now: Int64) -> Listing {
    // A VM is known by its first network card.
    let named = facts.leases.filter { $0.nic == 0 }
    for lease in named {
      let key = Key(uid: lease.uid, vm: lease.vm)
      guard let former = unowned[lease.address], former.network == lease.network, names[key] == nil else { continue }
      names[key] = Said(former.name)
    }
    unowned = [:]
    let ports = Dictionary(named.map { (Key(uid: $0.uid, vm: $0.vm), $0) }) { first, _ in first }
    for (key, said) in names {
      names[key] = said.kept(isLive: isNew || ports[key] != nil, linger: linger, now: now)
    }
    let idle = names.values.compactMap(\.idleSince).min().map { $0 + linger }
    lists.prune(Set(facts.leases.map { ToldLists.Key(uid: $0.uid, number: $0.list) }), isNew: isNew, now: now)
    forgetAt = [idle, lists.forgetAt].compactMap(\.self).min()
    var kept = holders.filter { place, key in
      guard names[key]?.value == place.name else { return false }
      guard let port = ports[key] else { return isNew }
      return port.network == place.network
    }
    var listing = Listing(shards: facts.shards)
    for lease in named {
      let key = Key(uid: lease.uid, vm: lease.vm)
      guard let name = names[key]?.value else { continue }
      let place = NamePlace(network: lease.network, name: name)
      // Who made way for another VM of the same user did so while nobody was here to be told.
      let holder = kept[place]
      if holder == nil || (holder?.uid == key.uid && holder.map { ports[$0] == nil } == true) { kept[place] = key }
      guard kept[place] == key else { continue }
      listing.names.append(ServedName(network: lease.network, name: name, address: lease.address))
    }
    holders = kept
    listing.owned = kept.map { OwnedName(key: $1, network: $0.network, name: $0.name) }
    listing.lists = servedLists(facts)
    listing.taken = Set(facts.leases.map(\.address))
    for lease in facts.leases where lease.mac != 0 && lease.mac != Layout.mac(address: lease.address) {
      listing.chosen[lease.address] = lease.mac
    }
    listing.released = released
    released = []
    return listing
  }

  private func servedLists(_ facts: PortFacts) -> [ServedList] {
    var served: [ServedList] = []
    var ids: Set<UInt32> = []
    for lease in facts.leases where lease.list != 0 && ids.insert(lease.listID).inserted {
      let domains = lists.domains(ToldLists.Key(uid: lease.uid, number: lease.list))
      served.append(
        ServedList(
          id: lease.listID, uid: lease.uid, number: lease.list, network: lease.network, port: lease.resolver,
          domains: domains))
    }
    return served.sorted { $0.id < $1.id }
  }
}
