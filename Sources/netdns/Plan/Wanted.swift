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
  /// Lists that are not served though a port has them, and in whose place another user's may still be.
  var vacated: [InstanceName] = []

  /// Nothing at all.
  init() {}

  /// - Parameter existing: text by path of what the runtime folder holds: a list of which nobody has said the domains yet goes
  ///   on as it is there.
  init(_ listing: Listing, _ settings: Settings, existing: [String: String] = [:]) {
    var networks: [String] = []
    for shard in listing.shards where !networks.contains(shard.slot.network) { networks.append(shard.slot.network) }
    for network in networks {
      let shards = listing.shards.filter { $0.slot.network == network }
      files[NameFile.path(network)] = NameFile.text(listing.names.filter { $0.network == network }, shards)
      for shard in shards { files[HostFile.path(shard)] = HostFile.text(shard) }
      let configuration = NetworkConfiguration(
        network: network, shards: shards, folder: settings.folder, upstream: settings.upstream)
      add(.network(network), configuration.text)
      reread[.network(network)] = Set(shards.map { HostFile.path($0) })
    }
    files[ToldFile.path] = ToldFile.text(listing.owned, beside: files)
    let former = FormerLists(existing)
    let most = networks.count + settings.profiles
    var owned: [OwnedList] = []
    for list in listing.lists {
      let name = InstanceName.profile(id: list.id, port: list.port)
      let served = Self.configuration(of: list, listing, settings) ?? former.configuration(of: list, name)
      if let (text, owner) = served, instances.count < most {
        owned.append(owner)
        add(name, text)
        continue
      }
      if served == nil { undescribed.append(list.id) } else { refused.append(list.id) }
      if !former.isOwn(list) {
        vacated.append(name)
      } else if former.isFirst {
        owned.append(OwnedList(uid: list.uid, number: list.number, id: list.id))
      }
    }
    let strangers = listing.lists.filter { !former.isOwn($0) }
    files[ListFile.path] = ListFile.text(owned + former.kept(beside: Set((owned.map(\.id)) + strangers.map(\.id))))
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
