import Failure
package import IPCPeer

extension LaunchLayer {
  /// How a host comes to have the layer.
  package var remedy: String {
    switch self {
    case .noNewPrivileges: "use Linux 3.5 or newer"
    case .boundingSet, .userNamespace, .networkNamespace:
      "allow user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone=1, "
        + "kernel.apparmor_restrict_unprivileged_userns=0)"
    case .subordinateUser:
      "let everybody read kernel and initrd, use a hypervisor that takes KVM as a descriptor (see doctor), and let the supervisor execute newuidmap "
        + "(package uidmap, no NoNewPrivileges= in its unit)"
    case .landlock: "use Linux 5.13 or newer with CONFIG_SECURITY_LANDLOCK and landlock in lsm="
    case .systemCalls: "use Linux 5.0 or newer with CONFIG_SECCOMP_FILTER"
    case .appArmor: "load the profile \(ConfinementPlan.profileName), see apparmor_parser(8)"
    }
  }
}

extension Failure {
  /// A refusal of vmlaunch to go on without a layer, with what helps.
  func withRemedy() -> Failure {
    guard operation == "confine hypervisor", let layer = LaunchLayer.allCases.first(where: { $0.name == object }) else {
      return self
    }
    var failure = self
    failure.part = .confinement
    failure.remedy = "\(layer.remedy); or start it without strict: true, --strict and Strict=yes"
    return failure
  }
}

/// Why a hypervisor was ended that made a system call which is not on its list.
enum ForbiddenCallReason {
  /// For the log and the failure: `the hypervisor made the forbidden system call socket (seccomp)`.
  static func words(_ name: String) -> String { "the hypervisor made the forbidden system call \(name) (seccomp)" }

  static func failure(_ name: String) -> Failure { failure(because: words(name)) }

  /// The kernel or QEMU's own list killed it, and says only that.
  static var unnamed: Failure {
    failure(because: "the hypervisor was ended for a forbidden system call (seccomp, SIGSYS)")
  }

  private static func failure(because cause: String) -> Failure {
    Failure(
      .denied, part: .confinement, operation: "keep running", cause: cause,
      remedy:
        "a hypervisor needs no such call: take the guest for hostile, or report it if the hypervisor was just upgraded")
  }
}
