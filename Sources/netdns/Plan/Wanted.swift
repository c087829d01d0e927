import IPC
import IPCNames

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

  /// Nothing at all.
  init() {}

  /// - Parameter existing: text by path of what the runtime folder holds: a list of which nobody has said the domains yet goes
  ///   on as it is there.
  init(_ listing: Listing, _ settings: Settings, existing: [String: String] = [:]) {
    files[ToldFile.path] = ToldFile.text(listing.owned)
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
    for list in listing.lists {
      let name = InstanceName.profile(id: list.id, port: list.port)
      guard let text = Self.configuration(of: list, listing, settings) ?? Self.text(of: list, name, in: existing) else {
        undescribed.append(list.id)
        continue
      }
      guard instances.count < networks.count + settings.profiles else {
        refused.append(list.id)
        continue
      }
      add(name, text)
    }
  }

  /// Nil as long as nobody has said the domains.
  private static func configuration(of list: ServedList, _ listing: Listing, _ settings: Settings) -> String? {
    guard list.domains != nil else { return nil }
    let shards = listing.shards.filter { $0.slot.network == list.network }
    return ProfileConfiguration(list: list, shards: shards, privateDomains: settings.privateDomains).text
  }

  /// The configuration that there is of a list, if its domains make the number that its user calls it by: another user's
  /// list may have had the same place before.
  private static func text(of list: ServedList, _ name: InstanceName, in files: [String: String]) -> String? {
    files.sorted { $0.key < $1.key }.first { path, text in
      let domains = ProfileConfiguration.domains(in: text)
      return InstanceID(file: path)?.name == name
        && ListNumber.of(uid: list.uid, network: list.network, domains) == list.number
    }?.value
  }

  private mutating func add(_ name: InstanceName, _ configuration: String) {
    let id = InstanceID(name, configuration: configuration)
    files[id.file] = configuration
    instances.append(id)
  }
}
