package import Failure

/// What a VM is warned of now, each until it is repaired.
package struct Warnings: Hashable, Sendable {
  /// The identity of the warning that the hypervisor's monitor does not answer.
  package static let monitor = "monitor"

  private var held: [String: Warning] = [:]

  package init(_ warnings: [Warning] = []) { for warning in warnings { set(warning) } }

  /// All of them, in the order of their identities.
  package var all: [Warning] { held.values.sorted { $0.id < $1.id } }

  package var count: Int { held.count }

  package subscript(id: String) -> Warning? { held[id] }

  /// Takes one, in the place of the one with its identity.
  package mutating func set(_ warning: Warning) { held[warning.id] = warning }

  /// It is repaired.
  package mutating func clear(_ id: String) { held[id] = nil }

  /// Those of a family: `image` has `image.kernel`.
  package func family(_ name: String) -> [Warning] { all.filter { $0.isOf(name) } }

  /// Makes `warnings` the whole of a family.
  /// - Returns: those that are new or other than before; nil if nothing has changed.
  @discardableResult package mutating func replace(family name: String, with warnings: [Warning]) -> [Warning]? {
    let before = family(name)
    guard before != warnings.sorted(by: { $0.id < $1.id }) else { return nil }
    held = held.filter { !$0.value.isOf(name) }
    for warning in warnings { set(warning) }
    return warnings.filter { !before.contains($0) }
  }
}

extension Warning {
  /// Whether its identity is of that family.
  package func isOf(_ family: String) -> Bool { id == family || id.hasPrefix(family + ".") }
}
