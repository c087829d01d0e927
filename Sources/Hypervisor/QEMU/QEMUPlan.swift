/// How one QEMU is started: its arguments, and which descriptor it finds at which number.
public struct QEMUPlan: Hashable, Sendable {
  /// One descriptor of the plan.
  public struct Placement: Hashable, Sendable {
    /// What it is.
    public var role: DescriptorRole
    /// The number that QEMU finds it at.
    public var target: Int32
  }

  /// `argv`; the first is the path of the binary.
  public var arguments: [String]
  /// Everything it inherits, 0 to 2 first. One role can be at two numbers.
  public var descriptors: [Placement]

  /// The number of a role; nil if the plan does not have it.
  public func target(of role: DescriptorRole) -> Int32? { descriptors.first { $0.role == role }?.target }
}

/// Who the VM is, as QMP gives it back (`query-name`, `query-uuid`).
public struct QEMUIdentity: Hashable, Sendable {
  /// Name for people and process lists.
  public var name: String
  /// UUID in its usual form.
  public var uuid: String

  /// Makes an identity.
  public init(name: String, uuid: String) {
    self.name = name
    self.uuid = uuid
  }
}

/// A network card as netd has granted it.
public struct QEMUNIC: Hashable, Sendable {
  /// Hardware address, `02:50:0a:64:03:11`.
  public var mac: String
  /// Whether a vhost-net descriptor comes with the TAP.
  public var hasVhost: Bool

  /// Makes a network card.
  public init(mac: String, hasVhost: Bool) {
    self.mac = mac
    self.hasVhost = hasVhost
  }
}
