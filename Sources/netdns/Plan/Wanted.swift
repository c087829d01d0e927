import IPC

/// The files and processes that there should be: a function of what netd says and the configuration.
struct Wanted: Hashable, Sendable {
  /// Text by path from the runtime folder.
  var files: [String: String] = [:]
  /// In the order in which they are started.
  var instances: [InstanceID] = []
  /// The files that an instance reads again when it is told to (SIGHUP); it notices changes of others by itself.
  var reread: [InstanceName: Set<String>] = [:]
  /// Domain lists that there is no room for.
  var refused: [UInt32] = []
  /// Domain lists of which nobody has said the domains.
  var undescribed: [UInt32] = []
  /// Places of lists that ports have, and in which another user's may still be.
  var vacated: [InstanceName] = []

  /// Nothing at all.
  init() {}

  /// - Parameters:
  ///   - existing: text by path of what the runtime folder holds: a list of which nobody has said the domains yet goes on as it is
  ///     there.
  ///   - serving: the places of lists that are served; nil if only the runtime folder can say it.
  init(
    _ listing: Listing, _ settings: Settings, existing: [String: String] = [:], serving: Set<InstanceName>? = nil
  ) {
    var networks: [String] = []
    for shard in listing.shards where !networks.contains(shard.slot.network) { networks.append(shard.slot.network) }
    for network in networks {
      let shards = listing.shards.filter { $0.slot.network == network }
      files[NameFile.path(network)] = NameFile.text(listing.names.filter { $0.network == network }, shards)
      for shard in shards {
        let path = HostFile.path(shard)
        files[path] = HostFile.text(shard, listing.chosen, former: existing[path] ?? "")
      }
      let configuration = NetworkConfiguration(
        network: network, shards: shards, folder: settings.folder, upstream: settings.upstream)
      add(.network(network), configuration.text)
      reread[.network(network)] = Set(shards.map { HostFile.path($0) })
    }
    files[ToldFile.path] = ToldFile.text(listing.owned, beside: files)
    let former = FormerLists(existing)
    let offers = listing.lists.map { list in
      (list, Self.configuration(of: list, listing, settings) ?? former.configuration(of: list, list.place))
    }
    let possible = offers.filter { $0.1 != nil }.map(\.0)
    let admitted = Self.admitted(possible, serving ?? former.places, most: settings.profiles)
    var owned: [OwnedList] = []
    for (list, served) in offers {
      if !former.isOwn(list) { vacated.append(list.place) }
      if let (text, owner) = served, admitted.contains(list.id) {
        owned.append(owner)
        add(list.place, text)
        continue
      }
      if served == nil { undescribed.append(list.id) } else { refused.append(list.id) }
      if former.isFirst { owned.append(OwnedList(uid: list.uid, number: list.number, id: list.id)) }
    }
    let strangers = listing.lists.filter { !former.isOwn($0) }
    files[ListFile.path] = ListFile.text(owned + former.kept(beside: Set((owned.map(\.id)) + strangers.map(\.id))))
  }

  /// The lists that there is room for. What is served stays; of new ones each user gets one after the other, for anybody may
  /// choose low numbers.
  private static func admitted(_ lists: [ServedList], _ serving: Set<InstanceName>, most: Int) -> Set<UInt32> {
    let old = lists.filter { serving.contains($0.place) }
    var count = Dictionary(grouping: old, by: \.uid).mapValues(\.count)
    var new: [(turn: Int, id: UInt32)] = []
    for list in lists where !serving.contains(list.place) {
      let turn = count[list.uid, default: 0] + 1
      count[list.uid] = turn
      new.append((turn, list.id))
    }
    new.sort { ($0.turn, $0.id) < ($1.turn, $1.id) }
    return Set((old.map(\.id) + new.map(\.id)).prefix(most))
  }

  /// Nil as long as nobody has said the domains.
  private static func configuration(
    of list: ServedList, _ listing: Listing, _ settings: Settings
  ) -> (String, OwnedList)? {
    guard list.domains != nil else { return nil }
    let shards = listing.shards.filter { $0.slot.network == list.network }
    let text = ProfileConfiguration(list: list, shards: shards, privateDomains: settings.privateDomains).text
    return (text, OwnedList(uid: list.uid, number: list.number, id: list.id))
  }

  private mutating func add(_ name: InstanceName, _ configuration: String) {
    let id = InstanceID(name, configuration: configuration)
    files[id.file] = configuration
    instances.append(id)
  }
}
