package import IPC
import Linux

/// What elements in the kernel say about slots.
package struct Reading {
  /// The rules of each slot that some element belongs to, without their ranges.
  package private(set) var rules: [Slot: PortRules] = [:]
  /// Slots that have a chain of ranges.
  package private(set) var ranged: [Slot] = []

  /// Reads elements; those of no slot are left out.
  package init(_ elements: [Element], _ layout: Layout) {
    for element in elements { read(element, layout) }
  }

  /// Fills in the ranges of a slot.
  package mutating func fill(_ slot: Slot, _ ranges: [Policy.Range]) { rules[slot]?.ranges = ranges }

  private mutating func read(_ element: Element, _ layout: Layout) {
    switch element.set {
    case .closed:
      if let slot = Self.tap(element.key, layout) { rules[slot, default: PortRules()].isRestricted = true }
    case .policed:
      if let slot = Self.slot(element.key, layout) { rules[slot, default: PortRules()].isRestricted = true }
    case .rates:
      guard let slot = Self.tap(element.key, layout), let name = Self.unquoted(element.value),
        let rate = name.split(separator: "-").last.flatMap({ UInt64($0) })
      else { return }
      rules[slot, default: PortRules()].sendRate = rate
    case .ranges:
      if let slot = Self.slot(element.key, layout) { ranged.append(slot) }
    case .profiles:
      guard let slot = Self.slot(element.key, layout), element.value.hasPrefix("jump profile-"),
        let id = UInt32(element.value.dropFirst("jump profile-".count), radix: 16)
      else { return }
      rules[slot, default: PortRules()].profile = id
    case .resolvers:
      guard let slot = Self.slot(element.key, layout), let port = UInt16(element.value) else { return }
      rules[slot, default: PortRules()].resolverPort = port
    case .forwards:
      readForward(element, layout)
    default: break
    }
  }

  private mutating func readForward(_ element: Element, _ layout: Layout) {
    let key = Self.parts(element.key)
    let value = Self.parts(element.value)
    guard key.count == 2, value.count == 2, let slot = Self.slot(value[0], layout), let guestPort = UInt16(value[1]),
      let transport = UInt8(key[0]).flatMap({ Transport(rawValue: $0) }), let number = UInt16(key[1])
    else { return }
    rules[slot, default: PortRules()].forwards.insert(
      Forwarding(HostPort(transport: transport, number: number), guestPort))
  }

  // MARK: Spelling

  private static func tap(_ text: String, _ layout: Layout) -> Slot? { unquoted(text).flatMap { layout.slot(tap: $0) } }

  private static func slot(_ text: String, _ layout: Layout) -> Slot? {
    IPv4.parse(text).flatMap { layout.slot(address: $0) }
  }

  private static func unquoted(_ text: String) -> String? {
    guard text.utf8.count > 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return nil }
    return String(text.dropFirst().dropLast())
  }

  private static func parts(_ text: String) -> [String] {
    text.split(separator: " ").filter { $0 != "." }.map(String.init)
  }
}
