/// The whole of the ruleset as one transaction.
extension Script {
  /// - Parameters:
  ///   - rules: What ports have been told.
  ///   - names: Addresses that the resolvers have found, by profile.
  ///   - isCovered: Which shards of which networks have elements.
  package init(
    _ layout: Layout, _ rules: [Slot: PortRules], names: [UInt32: [UInt32]],
    isCovered: (Int, Int) -> Bool
  ) {
    deleteTables()
    command(Ruleset.text)
    for (network, own) in layout.networks.enumerated() {
      for shard in 0..<own.shards where isCovered(network, shard) {
        add(layout.members(network: network, shard: shard) { rules[$0]?.mac })
        add(layout.elements(network: network, shard: shard))
      }
    }
    var profiles: Set<UInt32> = []
    for (slot, new) in rules {
      let one = Script(layout, slot, from: PortRules(mac: new.mac), to: new) { profiles.contains($0) }
      command(one.text)
      if let profile = new.profile { profiles.insert(profile) }
    }
    for (id, addresses) in names { addNames(id, addresses) }
  }

  /// No error if they are not there.
  private mutating func deleteTables() {
    for table in [Ruleset.bridge, Ruleset.inet] {
      command("add table \(table)")
      command("delete table \(table)")
    }
  }
}
