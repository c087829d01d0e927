import Linux

/// Commands for nftables, which happen together or not at all.
package struct Script {
  /// Elements in one command; the memory that a command takes grows with them.
  private static let most = 64

  /// What a script makes or takes away besides elements, by its name: limits in the bridge's table, all else in that of IP.
  package struct Part: Hashable, Sendable {
    /// What it can be.
    package enum Kind: Sendable { case chain, set, limit }

    /// What it is.
    package let kind: Kind
    /// What it is called.
    package let name: String

    init(_ kind: Kind, _ name: String) {
      self.kind = kind
      self.name = name
    }
  }

  /// The commands so far.
  package private(set) var text = ""
  /// What it changes of single ports besides elements.
  package private(set) var touched: Set<Part> = []

  /// No command yet.
  package init() {}

  mutating func command(_ command: String) { text += command + "\n" }

  /// Adds elements, in commands of a few.
  package mutating func add(_ elements: some Sequence<Element>) { put("add", elements) { $0.text } }

  mutating func delete(_ elements: some Sequence<Element>) { put("delete", elements) { $0.key } }

  private mutating func put(_ verb: String, _ elements: some Sequence<Element>, _ spell: (Element) -> String) {
    var words: [ElementSet: [String]] = [:]
    for element in elements { words[element.set, default: []].append(spell(element)) }
    for set in ElementSet.allCases {
      for some in Self.pieces(words[set] ?? []) {
        text += "\(verb) element \(set.table) \(set.rawValue) { \(some.joined(separator: ", ")) }\n"
      }
    }
  }

  /// Cuts a list into pieces that one command takes.
  package static func pieces<Item>(_ items: [Item]) -> [ArraySlice<Item>] {
    stride(from: 0, to: items.count, by: most).map { items[$0..<min($0 + most, items.count)] }
  }

  // MARK: What elements refer to

  /// A limit lets a second's worth pass at once, and one segment of the largest size more.
  mutating func addLimit(_ name: String, _ bytesPerSecond: UInt64) {
    touched.insert(Part(.limit, name))
    command("add limit \(Ruleset.bridge) \(name) { rate over \(bytesPerSecond) bytes/second burst 65536 bytes; }")
  }

  mutating func deleteLimit(_ name: String) {
    touched.insert(Part(.limit, name))
    command("delete limit \(Ruleset.bridge) \(name)")
  }

  mutating func addProfile(_ id: UInt32) {
    touched.insert(Part(.set, Ruleset.names(id)))
    command("add set \(Ruleset.inet) \(Ruleset.names(id)) { type ipv4_addr; size 65535; }")
    addChain(Ruleset.profile(id), ["ip daddr @\(Ruleset.names(id)) accept"])
  }

  mutating func addNames(_ id: UInt32, _ addresses: [UInt32]) {
    for some in Self.pieces(addresses) {
      command("add element \(Ruleset.inet) \(Ruleset.names(id)) { \(some.map(IPv4.text).joined(separator: ", ")) }")
    }
  }

  mutating func deleteProfile(_ id: UInt32) {
    deleteChain(Ruleset.profile(id))
    touched.insert(Part(.set, Ruleset.names(id)))
    command("delete set \(Ruleset.inet) \(Ruleset.names(id))")
  }

  mutating func addChain(_ name: String, _ rules: [String]) {
    touched.insert(Part(.chain, name))
    command("add chain \(Ruleset.inet) \(name)")
    for rule in rules { command("add rule \(Ruleset.inet) \(name) \(rule)") }
  }

  mutating func deleteChain(_ name: String) {
    touched.insert(Part(.chain, name))
    command("flush chain \(Ruleset.inet) \(name)")
    command("delete chain \(Ruleset.inet) \(name)")
  }
}

extension Script {
  /// The way from some rules of a slot to others.
  /// - Parameter isShared: Whether another slot has that profile too.
  package init(
    _ layout: Layout, _ slot: Slot, from old: PortRules, to new: PortRules, isShared: (UInt32) -> Bool
  ) {
    let isExternal = layout.isExternal(slot)
    let old = old.effective(isExternal: isExternal)
    let new = new.effective(isExternal: isExternal)
    if let id = new.profile, old.profile != id, !isShared(id) { addProfile(id) }
    if new.sendRate != old.sendRate, new.sendRate > 0 { addLimit(layout.limit(slot, new.sendRate), new.sendRate) }
    let chain = layout.ranges(slot)
    if new.ranges != old.ranges, !new.ranges.isEmpty {
      if !old.ranges.isEmpty { command("flush chain \(Ruleset.inet) \(chain)") }
      addChain(chain, new.ranges.map(Ruleset.rule))
    }
    let before = layout.everything(slot, old)
    let after = layout.everything(slot, new)
    delete(before.subtracting(after))
    add(after.subtracting(before))
    if new.sendRate != old.sendRate, old.sendRate > 0 {
      deleteLimit(layout.limit(slot, old.sendRate))
    }
    if new.ranges.isEmpty, !old.ranges.isEmpty { deleteChain(chain) }
    if let id = old.profile, new.profile != id, !isShared(id) { deleteProfile(id) }
  }
}
