/// How one QEMU is started: its arguments, and which descriptor it finds at which number.
package struct QEMUPlan: Hashable, Sendable {
  /// One descriptor of the plan.
  package struct Placement: Hashable, Sendable {
    /// What it is.
    package var role: DescriptorRole
    /// The number that QEMU finds it at.
    package var target: Int32
  }

  /// `argv`; the first is the path of the binary.
  package var arguments: [String]
  /// Everything it inherits, 0 to 2 first. One role can be at two numbers.
  package var descriptors: [Placement]

  /// The number of a role; nil if the plan does not have it.
  package func target(of role: DescriptorRole) -> Int32? { descriptors.first { $0.role == role }?.target }
}

/// Who the VM is, as QMP gives it back (`query-name`, `query-uuid`).
package struct QEMUIdentity: Hashable, Sendable {
  /// Name for people and process lists.
  package var name: String
  /// UUID in its usual form.
  package var uuid: String

  /// Makes an identity.
  package init(name: String, uuid: String) {
    self.name = name
    self.uuid = uuid
  }
}

/// A network card as netd has granted it.
package struct QEMUNIC: Hashable, Sendable {
  /// Hardware address, `02:50:0a:64:03:11`.
  package var mac: String
  /// Whether a vhost-net descriptor comes with the TAP.
  package var hasVhost: Bool

  /// Makes a network card.
  package init(mac: String, hasVhost: Bool) {
    self.mac = mac
    self.hasVhost = hasVhost
  }
}
