import IPC

/// The files and processes that there should be: a function of what netd says and the configuration.
struct Wanted: Hashable, Sendable {
  /// Text by path from the runtime folder.
  var files: [String: String] = [:]
  /// In the order in which they are started.
  var instances: [InstanceID] = []
  /// The files that an instance reads again when it is told to (SIGHUP); it notices changes of others by itself.
  var reread: [InstanceName: Set<String>] = [:]
  /// Profiles that there is no room for.
  var refused: [UInt32] = []

  /// Nothing at all.
  init() {}

  init(_ listing: Listing, _ settings: Settings) {
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
    for profile in listing.profiles {
      guard instances.count < networks.count + settings.profiles else {
        refused.append(profile.id)
        continue
      }
      let shards = listing.shards.filter { $0.slot.network == profile.network }
      let configuration = ProfileConfiguration(
        profile: profile, shards: shards, privateDomains: settings.privateDomains)
      add(.profile(id: profile.id, port: profile.port), configuration.text)
    }
  }

  private mutating func add(_ name: InstanceName, _ configuration: String) {
    let id = InstanceID(name, configuration: configuration)
    files[id.file] = configuration
    instances.append(id)
  }
}
