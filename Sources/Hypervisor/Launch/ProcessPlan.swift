package import VMSpec

/// How the process of a machine is started: its arguments, and which descriptor it finds at which number.
package struct ProcessPlan: Hashable, Sendable {
  /// One descriptor of the plan.
  package struct Placement: Hashable, Sendable {
    /// What it is.
    package var role: DescriptorRole
    /// The number that the process finds it at.
    package var target: Int32

    package init(role: DescriptorRole, target: Int32) {
      self.role = role
      self.target = target
    }
  }

  /// `argv`; the first is the path of the binary.
  package var arguments: [String]
  /// Everything it inherits, 0 to 2 first. One role can be at two numbers.
  package var descriptors: [Placement]
  /// Files that it opens by their paths, beside those that every process of the program opens.
  package var readable: [String]

  package init(arguments: [String], descriptors: [Placement], readable: [String] = []) {
    self.arguments = arguments
    self.descriptors = descriptors
    self.readable = readable
  }

  /// The number of a role; nil if the plan does not have it.
  package func target(of role: DescriptorRole) -> Int32? { descriptors.first { $0.role == role }?.target }
}

/// Who the VM is, as its machine gives it back.
package struct MachineIdentity: Hashable, Sendable {
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
package struct NICPlan: Hashable, Sendable {
  /// What the guest takes it for.
  package var model: NICSpec.Model
  /// Hardware address, `02:50:0a:64:03:11`.
  package var mac: String
  /// Whether a vhost-net descriptor comes with the TAP.
  package var hasVhost: Bool

  /// Makes a network card.
  package init(_ model: NICSpec.Model = .virtio, mac: String, hasVhost: Bool) {
    self.model = model
    self.mac = mac
    self.hasVhost = hasVhost
  }
}
