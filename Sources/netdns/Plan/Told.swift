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
  /// Most VMs that one user may name, and lists that it may describe: four times what netd gives one user, and what it
  /// gives all of them.
  static let mostNames = 4096
  static let mostLists = 256

  /// A VM of a user.
  struct Key: Hashable, Sendable {
    let uid: UInt32
    let vm: VMIdentity
  }

  /// A name in a network.
  private struct Place: Hashable {
    let network: String
    let name: String
  }

  private struct ListKey: Hashable {
    let uid: UInt32
    let number: UInt32
  }

  private struct Said<Value: Sendable>: Sendable {
    let value: Value
    /// The connection that said it; nil if it has ended.
    var by: Int?
    /// Since when neither its client nor a port of it is there; nil while one of them is.
    var idleSince: Int64?
  }

  /// For how long, in milliseconds, is remembered what has neither client nor port.
  let linger: Int64
  private var names: [Key: Said<String>] = [:]
  private var lists: [ListKey: Said<[String]>] = [:]
  /// Who has a name keeps it as long as it has its port and says no other.
  private var holders: [Place: Key] = [:]
  /// Names of which the files of an earlier release do not say whose they are; whoever has the address now is meant.
  private var unowned: [UInt32: ServedName] = [:]

  /// Takes over what the files of an earlier run say.
  init(linger: Int64, files: [String: String] = [:]) {
    self.linger = linger
    guard let text = files[ToldFile.path] else {
      let former = files.flatMap { path, text in NameFile.parse(path, text) }
      unowned = Dictionary(former.map { ($0.address, $0) }) { first, _ in first }
      return
    }
    for owned in ToldFile.parse(text) {
      names[owned.key] = Said(value: owned.name)
      holders[Place(network: owned.network, name: owned.name)] = owned.key
    }
  }

  // MARK: What is said

  /// Takes what a VM of a user is called.
  /// - Returns: whether that is something new.
  /// - Throws: `.invalid` for what is no name, `.exists` if a VM of another user has it, `.exhausted` over the bound.
  @discardableResult
  mutating func take(_ request: TellName, uid: UInt32, by client: Int) throws(Failure) -> Bool {
    let key = Key(uid: uid, vm: request.vm)
    let before = names[key]?.value ?? ""
    let object = "VM name \"\(request.name)\""
    names[key] = nil
    guard !request.name.isEmpty else { return !before.isEmpty }
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
    if let holder = holders[Place(network: request.network, name: request.name)], holder.uid != uid {
      throw Failure(
        .exists, operation: "serve name", object: object,
        cause: "a VM of another user has it in network \(request.network)", remedy: "choose another name")
    }
    guard names.keys.count(where: { $0.uid == uid }) < Self.mostNames else {
      throw Failure(
        .exhausted, operation: "serve name", object: object,
        cause: "user \(uid) has named \(Self.mostNames) VMs already", remedy: "take names of deleted VMs back")
    }
    names[key] = Said(value: request.name, by: client)
    return before != request.name
  }

  /// Takes which domains a list of a user has.
  /// - Returns: whether that is something new.
  /// - Throws: `.invalid` for what is no list, `.exhausted` over the bound; what was said before holds then.
  @discardableResult
  mutating func take(_ request: TellDomains, uid: UInt32, by client: Int) throws(Failure) -> Bool {
    let key = ListKey(uid: uid, number: request.list)
    let object = "domain list \(Hex.text(request.list))"
    guard request.list != 0 else {
      throw Failure(
        .invalid, operation: "serve domains", object: object, cause: "0 stands for no list",
        remedy: "choose another number")
    }
    let before = lists[key]?.value
    guard !request.domains.isEmpty else {
      lists[key] = nil
      return before != nil
    }
    let bytes = request.domains.reduce(0) { $0 + $1.utf8.count }
    guard bytes <= NamesLimits.domainBytes else {
      throw Failure(
        .invalid, operation: "serve domains", object: object,
        cause: "its domains have \(bytes) bytes together, \(NamesLimits.domainBytes) is the most",
        remedy: "allow a parent domain instead")
    }
    var domains: Set<String> = []
    for text in request.domains {
      guard let domain = DomainName.canonical(text) else {
        throw Failure(
          .invalid, operation: "serve domains", object: "domain \"\(text)\"", cause: "it is no domain name",
          remedy: "write example.com, which stands for everything below it too")
      }
      domains.insert(domain)
    }
    guard lists[key] != nil || lists.keys.count(where: { $0.uid == uid }) < Self.mostLists else {
      throw Failure(
        .exhausted, operation: "serve domains", object: object,
        cause: "user \(uid) has described \(Self.mostLists) lists already", remedy: "take back those that no VM has")
    }
    let sorted = domains.sorted()
    lists[key] = Said(value: sorted, by: client)
    return before != sorted
  }

  /// A connection has ended. What it said holds as long as netd knows a port of it.
  mutating func leave(_ client: Int) {
    for (key, said) in names where said.by == client { names[key]?.by = nil }
    for (key, said) in lists where said.by == client { lists[key]?.by = nil }
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
      names[key] = Said(value: former.name)
    }
    unowned = [:]
    let ports = Dictionary(named.map { (Key(uid: $0.uid, vm: $0.vm), $0) }) { first, _ in first }
    let numbers = Set(facts.leases.map { ListKey(uid: $0.uid, number: $0.list) })
    prune(isNew: isNew, now: now, ports: Set(ports.keys), numbers)
    var kept = holders.filter { place, key in
      guard names[key]?.value == place.name else { return false }
      guard let port = ports[key] else { return isNew }
      return port.network == place.network
    }
    var listing = Listing(shards: facts.shards)
    for lease in named {
      let key = Key(uid: lease.uid, vm: lease.vm)
      guard let name = names[key]?.value else { continue }
      let place = Place(network: lease.network, name: name)
      // Who made way for another VM of the same user did so while nobody was here to be told.
      let holder = kept[place]
      if holder == nil || (holder?.uid == key.uid && holder.map { ports[$0] == nil } == true) { kept[place] = key }
      guard kept[place] == key else { continue }
      listing.names.append(ServedName(network: lease.network, name: name, address: lease.address))
    }
    holders = kept
    listing.owned = kept.map { OwnedName(key: $1, network: $0.network, name: $0.name) }
    listing.lists = servedLists(facts)
    return listing
  }

  private func servedLists(_ facts: PortFacts) -> [ServedList] {
    var served: [ServedList] = []
    var ids: Set<UInt32> = []
    for lease in facts.leases where lease.list != 0 && ids.insert(lease.listID).inserted {
      let domains = lists[ListKey(uid: lease.uid, number: lease.list)]?.value
      served.append(
        ServedList(
          id: lease.listID, uid: lease.uid, number: lease.list, network: lease.network, port: lease.resolver,
          domains: domains))
    }
    return served.sorted { $0.id < $1.id }
  }

  /// When something is to be forgotten; nil if nothing is.
  var forgetAt: Int64? {
    (names.values.compactMap(\.idleSince) + lists.values.compactMap(\.idleSince)).min().map { $0 + linger }
  }

  private mutating func prune(isNew: Bool, now: Int64, ports: Set<Key>, _ numbers: Set<ListKey>) {
    for (key, said) in names {
      names[key] = keeps(said, isNew || ports.contains(key), now)
    }
    for (key, said) in lists {
      lists[key] = keeps(said, isNew || numbers.contains(key), now)
    }
  }

  private func keeps<Value>(_ said: Said<Value>, _ isLive: Bool, _ now: Int64) -> Said<Value>? {
    var said = said
    if isLive || said.by != nil {
      said.idleSince = nil
      return said
    }
    let since = said.idleSince ?? now
    said.idleSince = since
    return now - since < linger ? said : nil
  }
}
