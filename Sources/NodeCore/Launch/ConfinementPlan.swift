package import Hypervisor
package import IPCPeer

/// What one hypervisor is left with, and which layers have to be on. A pure function of what is known beforehand.
package struct ConfinementPlan: Hashable, Sendable {
  package var files: HypervisorFiles
  /// Device nodes that it opens by their path.
  package var devices: [String]
  /// Descriptors that it opens once more.
  var reopened: [UInt16]
  package var profile: String
  /// Its own user; nil: the supervisor's.
  package var user: UInt32?
  /// What is missed if it is not on.
  package var expected: [LaunchLayer]
  /// Whether it then does not start.
  package var strict: Bool

  /// AppArmor's profile for hypervisors, if the administrator has loaded one of that name.
  static let profileName = "procurator-vm"
  /// The same for what speaks with servers of others.
  static let fetchProfileName = "procurator-fetch"

  /// What may be known about the host.
  package struct Host: Hashable, Sendable {
    /// AppArmor decides in this kernel.
    package var hasAppArmor = false
    /// There are users for hypervisors.
    package var hasUsers = false

    package init(hasAppArmor: Bool = false, hasUsers: Bool = false) {
      self.hasAppArmor = hasAppArmor
      self.hasUsers = hasUsers
    }
  }

  /// Whether the VM can run as a user of its own: what it opens by itself has to be open to everybody then.
  /// - Parameter imagesAreReadable: of kernel and initial RAM file system everybody may read.
  static func canChangeUser(_ accelerator: Accelerator, imagesAreReadable: Bool) -> Bool {
    // By its path /dev/kvm opens for the supervisor's user or group.
    imagesAreReadable && accelerator != .kvm(.path)
  }

  package static func make(
    files: HypervisorFiles, plan: ProcessPlan, accelerator: Accelerator, host: Host, user: UInt32?, strict: Bool
  ) -> ConfinementPlan {
    var expected: [LaunchLayer] = [
      .noNewPrivileges, .boundingSet, .userNamespace, .networkNamespace, .landlock, .systemCalls,
    ]
    if host.hasUsers { expected.append(.subordinateUser) }
    if host.hasAppArmor { expected.append(.appArmor) }
    return ConfinementPlan(
      files: files,
      // A hypervisor tries its file locks there before it relies on them.
      devices: ["/dev/null"] + (accelerator == .kvm(.path) ? ["/dev/kvm"] : []),
      reopened: [DescriptorRole.kernel, .initrd].compactMap { plan.target(of: $0).map { UInt16($0) } },
      profile: host.hasAppArmor ? profileName : "", user: user, expected: expected, strict: strict)
  }

  /// Writes it into the plan for vmlaunch.
  package func add(to order: inout LaunchPlan) {
    order.executable = files.executable
    order.readable = files.readable
    order.devices = devices
    order.reopened = reopened
    order.profile = profile
    order.identity = user ?? 0
    order.required = strict ? expected.map(\.rawValue) : []
  }
}
