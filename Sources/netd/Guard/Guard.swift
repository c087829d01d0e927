import Failure
import Glibc
import Netlink

/// The firewall around netd's ports: a fixed ruleset, and the elements of its sets. What is in the kernel outlives netd
/// and is read back, so that a restart changes nothing.
final class Guard {
  private let layout: Layout
  private let nftables: Nftables
  private let version: String
  /// What the kernel enforces, of slots that have rules.
  private var rules: [Slot: PortRules] = [:]
  /// The shards whose elements are there, by their first slots.
  private var covered: Set<Int> = []

  /// Keeps the ruleset that is there, or puts this one, with the same rules for ports, in the place of another.
  /// - Throws: `.unsupported` if the kernel has no packet filter; nftables' own words if it refuses the ruleset.
  init(_ layout: Layout) throws(Failure) {
    self.layout = layout
    nftables = try Nftables()
    version = Ruleset.version(layout)
    let isWhole = try read()
    let isCurrent = try isIntact()
    if !isWhole || !isCurrent {
      // Bridges that stand without a ruleset, or with one of another netd's.
      for (network, own) in layout.networks.enumerated() {
        for shard in 0..<own.shards where if_nametoindex(layout.bridge(network: network, shard: shard)) != 0 {
          covered.insert(key(network, shard))
        }
      }
      try load()
    }
  }

  // MARK: What holds

  /// The rules of a slot, of an earlier life of netd too.
  func rules(_ slot: Slot) -> PortRules { rules[slot] ?? PortRules() }

  /// The slots that have rules.
  var slots: [Slot] { Array(rules.keys) }

  /// Every forward, of an earlier life of netd too.
  var forwards: [(forwarding: Forwarding, slot: Slot)] {
    rules.flatMap { slot, rules in rules.forwards.map { ($0, slot) } }
  }

  /// Whether the ruleset is there, in this version. Its elements are not compared.
  func isIntact() throws(Failure) -> Bool {
    // Not by the library, which reads everything before it answers.
    var kernel = try NetfilterSocket()
    guard try kernel.hasChain(version, table: Ruleset.table, .bridge) else { return false }
    return try kernel.hasChain(version, table: Ruleset.table, .inet)
  }

  /// Packets that the rules have dropped since the ruleset was loaded, by the name of the rules' counter.
  func dropped() throws(Failure) -> [(rule: String, packets: UInt64)] {
    var kernel = try NetfilterSocket()
    var packets: [String: UInt64] = [:]
    for family in [TableFamily.bridge, .inet] {
      for counter in try kernel.counters(table: Ruleset.table, family) {
        packets[counter.name, default: 0] += counter.packets
      }
    }
    return packets.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  // MARK: Changes

  /// Fills in what belongs to a shard, before its bridge is made: the bridge, its gateway and trunks, and who its slots
  /// are. It costs nothing when that is done.
  func cover(network: Int, shard: Int) throws(Failure) {
    guard !covered.contains(key(network, shard)) else { return }
    var elements = layout.slots(network: network, shard: shard).flatMap { layout.elements(Slot(index: $0)) }
    elements += layout.elements(network: network, shard: shard).dropLast()
    // In small pieces, for the library's memory's sake. The last says that the others are there.
    for some in Script.pieces(elements) + [[layout.marker(network: network, shard: shard)]] {
      var script = Script()
      script.add(some)
      try run(script, "guard shard", layout.bridge(network: network, shard: shard))
    }
    try nftables.trim()
    covered.insert(key(network, shard))
  }

  /// Makes the rules of a slot exactly these, in one transaction that touches no other slot. If the kernel holds something
  /// else than netd believes, everything is loaded anew.
  func set(_ slot: Slot, _ wanted: PortRules) throws(Failure) {
    let old = rules(slot)
    let new = wanted.effective(isExternal: layout.isExternal(slot))
    guard new != old else { return }
    let script = Script(layout, slot, from: old, to: new) { id in
      rules.contains { $0.key != slot && $0.value.profile == id }
    }
    note(slot, new)
    do { try run(script, "set rules of port", layout.tap(slot)) } catch let failure {
      do { try load() } catch {
        note(slot, old)
        throw failure
      }
    }
  }

  /// Lets a slot reach nothing, and nothing reach it but by its forwards.
  func close(_ slot: Slot) throws(Failure) {
    var wanted = rules(slot)
    (wanted.isListed, wanted.ranges, wanted.profile) = (true, [], nil)
    try set(slot, wanted)
  }

  /// Loads everything anew in one transaction, whatever is there.
  func restore() throws(Failure) { try load() }

  /// Takes the ruleset away: nothing is guarded, translated or forwarded any longer.
  func remove() throws(Failure) {
    var script = Script()
    script.deleteTables()
    try run(script, "remove the guard")
    (rules, covered) = ([:], [])
  }

  // MARK: The kernel

  private func key(_ network: Int, _ shard: Int) -> Int { layout.slots(network: network, shard: shard).lowerBound }

  private func note(_ slot: Slot, _ new: PortRules) { rules[slot] = new == PortRules() ? nil : new }

  private func run(_ script: Script, _ step: String, _ object: String = "") throws(Failure) {
    _ = try nftables.run(script.text, step: step, object: object)
  }

  /// A listing; nil if there is no such thing.
  private func list(_ what: String) throws(Failure) -> String? {
    do { return try nftables.run("list \(what)", step: "read the guard") } catch let failure {
      if failure.code == .notFound { return nil }
      throw failure
    }
  }

  private func load() throws(Failure) {
    var names: [UInt32: [UInt32]] = [:]
    for id in Set(rules.values.compactMap(\.profile)) {
      names[id] = try list("set \(Ruleset.inet) \(Ruleset.names(id))").flatMap(Listing.addresses)
    }
    let script = Script(layout, version: version, rules, names: names) { covered.contains(key($0, $1)) }
    try run(script, "load the guard")
    try nftables.trim()
  }

  /// Takes over what the kernel holds.
  /// - Returns: Whether that is just what netd itself would have put there.
  private func read() throws(Failure) -> Bool {
    var elements: [Element] = []
    var isWhole = true
    for set in ElementSet.ofRules + [.bridges, .external] {
      guard let listing = try list("\(set.isMap ? "map" : "set") \(set.table) \(set.rawValue)") else { continue }
      guard let some = Listing.elements(listing, of: set) else {
        isWhole = false
        continue
      }
      elements += some
    }
    var reading = Reading(elements, layout)
    if !reading.ranged.isEmpty {
      let chains = Listing.chains(try nftables.structure(Ruleset.inet, step: "read the guard"))
      for slot in reading.ranged {
        let ranges = chains[layout.ranges(slot)].flatMap(Listing.ranges)
        if let ranges { reading.fill(slot, ranges) } else { isWhole = false }
      }
    }
    var expected: Set<Element> = []
    for (slot, found) in reading.rules {
      note(slot, found.effective(isExternal: layout.isExternal(slot)))
      expected.formUnion(layout.elements(slot, found))
    }
    for (network, own) in layout.networks.enumerated() {
      for shard in 0..<own.shards where elements.contains(layout.marker(network: network, shard: shard)) {
        covered.insert(key(network, shard))
        expected.insert(layout.marker(network: network, shard: shard))
      }
    }
    try nftables.trim()
    return isWhole && expected == Set(elements)
  }
}
