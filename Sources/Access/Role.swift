/// What somebody may ask of a node: a word of a certificate, or what being at a socket is worth.
package enum Role: String, CaseIterable, Codable, Sendable {
  /// A program that keeps VMs on several nodes.
  case controlPlane = "control-plane"
  /// Another node, which hands a VM over or takes one.
  case node
  /// A person, or a program that acts for one.
  case `operator`
  /// Whoever may look and change nothing: monitoring, a colleague.
  case readOnly = "read-only"

  /// Whether whoever has the role may call a method that needs `right`.
  package func permits(_ right: Right) -> Bool {
    switch right {
    case .meet: true
    case .look: self != .node
    case .operate: isTrusted
    }
  }

  /// Whether it may change VMs, and see what guests have written. Others share a quota, too.
  package var isTrusted: Bool { self == .controlPlane || self == .operator }
}

/// What a method asks of its caller.
package enum Right: Hashable, Sendable {
  /// To learn that a node is there, what it is, and what can be called.
  case meet
  /// To see VMs and the host, without what guests have written.
  case look
  /// To change them, and to see everything.
  case operate
}
