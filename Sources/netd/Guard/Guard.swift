import Failure
import Glibc
import IPC
import Netlink
import NetworkPlan

/// The firewall around netd's ports: a fixed ruleset, and the elements of its sets. What ports were told outlives netd in
/// the kernel and is read back; the ruleset itself is loaded again, as nobody knows what has become of it.
final class Guard {
  let layout: Layout
  private let nftables: Nftables
  var kernel: NetfilterSocket
  /// What the kernel enforces, of slots that have rules.
  private var rules: [Slot: PortRules] = [:]
  /// The shards whose elements are there, by their first slots.
  private var covered: Set<Int> = []
  /// What the tables are when nobody else has touched them, and the last state of the ruleset in which they were that.
  var expected = GuardFacts()
  var generation: UInt32 = 0
  /// What others had changed, found while something else was done; `differences()` takes it.
  private var found: [String] = []

  /// Loads the ruleset, with the same rules for ports as the one that is there.
  /// - Parameter macs: hardware addresses that owners have chosen.
  /// - Throws: `.unsupported` if the kernel has no packet filter; nftables' own words if it refuses the ruleset.
  init(_ layout: Layout, macs: [Slot: UInt64] = [:]) throws(Failure) {
    self.layout = layout
    nftables = try Nftables()
    kernel = try NetfilterSocket()
    try read()
    for (slot, mac) in macs { rules[slot, default: PortRules()].mac = mac }
    // Those whose bridges stand; the others are covered before theirs are made.
    for (network, own) in layout.networks.enumerated() {
      for shard in 0..<own.shards where if_nametoindex(layout.bridge(network: network, shard: shard)) != 0 {
        covered.insert(key(network, shard))
      }
    }
    let before = try look()
    try load()
    // Nothing at all is what a host has that was started just now.
    if !before.isEmpty || !covered.isEmpty, before.facts != expected {
      found = before.facts.differences(from: expected)
    }
  }

  // MARK: What holds

  /// The rules of a slot, of an earlier life of netd too.
  func rules(_ slot: Slot) -> PortRules { rules[slot] ?? PortRules() }

  /// The slot whose guest has a hardware address that was chosen, of a port that goes as well.
  func slot(mac: UInt64) -> Slot? { rules.first { $0.value.mac == mac }?.key }

  /// The slots that have rules.
  var slots: [Slot] { Array(rules.keys) }

  /// Every forward, of an earlier life of netd too.
  var forwards: [(forwarding: Forwarding, slot: Slot)] {
    rules.flatMap { slot, rules in rules.forwards.map { ($0, slot) } }
  }

  /// Packets that the rules have dropped since the ruleset was loaded, by the name of the rules' counter.
  func dropped() throws(Failure) -> [Counters.Dropped] {
    var packets: [String: UInt64] = [:]
    for family in [TableFamily.bridge, .inet] {
      for counter in try kernel.counters(table: Ruleset.table, family) {
        packets[counter.name, default: 0] += counter.packets
      }
    }
    return packets.sorted { $0.key < $1.key }.map { Counters.Dropped(rule: $0.key, packets: $0.value) }
  }

  // MARK: Changes

  /// Fills in what belongs to a shard, before its bridge is made: the bridge, its gateway and trunks, and who its slots
  /// are. It costs nothing when that is done.
  func cover(network: Int, shard: Int) throws(Failure) {
    guard !covered.contains(key(network, shard)) else { return }
    let own = layout.elements(network: network, shard: shard)
    let elements = layout.members(network: network, shard: shard) { rules[$0]?.mac } + own
    // In small pieces, for the library's memory's sake.
    let scripts = Script.pieces(elements).map { some in
      var script = Script()
      script.add(some)
      return script
    }
    covered.insert(key(network, shard))
    do {
      try run(scripts, "guard shard", layout.bridge(network: network, shard: shard)) { expected.change([], elements) }
      try nftables.trim()
    } catch {
      covered.remove(key(network, shard))
      throw error
    }
  }

  /// Makes the rules of a slot exactly these, in one transaction that touches no other slot. If the kernel holds something
  /// else than netd believes, everything is loaded again.
  func set(_ slot: Slot, _ wanted: PortRules) throws(Failure) {
    let old = rules(slot)
    let new = wanted.effective(isExternal: layout.isExternal(slot))
    guard new != old else { return }
    let script = Script(layout, slot, from: old, to: new) { id in
      rules.contains { $0.key != slot && $0.value.profile == id }
    }
    note(slot, new)
    do {
      try run([script], "set rules of port", layout.tap(slot)) {
        expected.change(layout.everything(slot, old), layout.everything(slot, new))
      }
    } catch let failure {
      do { try load() } catch {
        note(slot, old)
        throw failure
      }
    }
  }

  /// Lets a slot reach nothing, and nothing reach it but by its forwards.
  func close(_ slot: Slot) throws(Failure) {
    var wanted = rules(slot)
    (wanted.isRestricted, wanted.ranges, wanted.profile) = (true, [], nil)
    try set(slot, wanted)
  }

  // MARK: The kernel

  private func key(_ network: Int, _ shard: Int) -> Int { layout.slots(network: network, shard: shard).lowerBound }

  private func note(_ slot: Slot, _ new: PortRules) { rules[slot] = new == PortRules() ? nil : new }

  /// Runs transactions of netd's, after a look at what others have done.
  /// - Parameter change: Changes what the tables are expected to be.
  private func run(
    _ scripts: [Script], _ operation: String, _ object: String = "", _ change: () -> Void
  ) throws(Failure) {
    let foreign = try compare()
    found += foreign
    // That brings what is wanted too.
    guard foreign.isEmpty else { return try load() }
    let before = generation
    for script in scripts { _ = try nftables.run(script.text, operation: operation, object: object) }
    change()
    // A rule's bytes are the library's choice, so they are taken from what it has made, if it was made by nobody else.
    // Only those: with a thousand ports there are thousands of chains.
    let touched = scripts.flatMap(\.touched).map { TablePart($0) }
    for part in touched { expected.set(part, try kernel.part(part, table: Ruleset.table)) }
    let now = try kernel.generation()
    if now == before &+ UInt32(scripts.count) { generation = now } else if !touched.isEmpty { try load() }
  }

  /// A listing; nil if there is no such thing.
  private func list(_ what: String) throws(Failure) -> String? {
    do { return try nftables.run("list \(what)", operation: "read the guard") } catch let failure {
      if failure.code == .notFound { return nil }
      throw failure
    }
  }

  /// Loads everything again in one transaction, whatever is there.
  func load() throws(Failure) {
    var names: [UInt32: [UInt32]] = [:]
    for id in Set(rules.values.compactMap(\.profile)) {
      names[id] = try list("set \(Ruleset.inet) \(Ruleset.names(id))").flatMap(Listing.addresses)
    }
    let script = Script(layout, rules, names: names) { covered.contains(key($0, $1)) }
    // What has been loaded is what belongs there, unless somebody else was at it too; then twice the same tells.
    var last: GuardFacts?
    for _ in 0..<8 {
      let before = try kernel.generation()
      _ = try nftables.run(script.text, operation: "load the guard")
      try nftables.trim()
      let look = try look()
      if look.generation == before &+ 1 || look.facts == last {
        (expected, generation) = (look.facts, look.generation)
        return
      }
      last = look.facts
    }
    throw Failure(
      .unavailable, operation: "load the guard", cause: "somebody else changes netd's tables again and again",
      remedy: "end the program that does: nft monitor shows it")
  }

  /// Takes over what the kernel says of ports.
  private func read() throws(Failure) {
    var elements: [Element] = []
    for set in ElementSet.ofRules {
      guard let listing = try list("\(set.isMap ? "map" : "set") \(set.table) \(set.rawValue)") else { continue }
      elements += Listing.elements(listing, of: set) ?? []
    }
    var reading = Reading(elements, layout)
    if !reading.ranged.isEmpty {
      let chains = Listing.chains(try nftables.structure(Ruleset.inet, operation: "read the guard"))
      for slot in reading.ranged {
        if let ranges = chains[layout.ranges(slot)].flatMap(Listing.ranges) { reading.fill(slot, ranges) }
      }
    }
    for (slot, found) in reading.rules { note(slot, found.effective(isExternal: layout.isExternal(slot))) }
    try nftables.trim()
  }
}

extension Guard {
  /// What others have changed since the last look. It is as it should be again when this returns.
  /// - Parameter isThorough: Whether to look though the kernel says that nobody has changed anything.
  func differences(isThorough: Bool = false) throws(Failure) -> [String] {
    var all = found
    found = []
    if isThorough { generation = try kernel.generation() &- 1 }
    let now = try compare()
    if !now.isEmpty { try load() }
    all += now
    return all
  }
}
