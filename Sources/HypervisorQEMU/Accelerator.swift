package import Failure
package import VMSpec

/// What a guest runs on.
package enum Accelerator: Hashable, Sendable {
  /// The kernel's virtual machine.
  case kvm(KVMAccess)
  /// QEMU's translator.
  case tcg
}

/// How QEMU gets at `/dev/kvm`.
package enum KVMAccess: Hashable, Sendable {
  /// An open descriptor (`-accel kvm,device=`, QEMU 9.0).
  case descriptor
  /// QEMU opens the path by the right of its own user.
  case path
}

/// What is known about KVM on this host. Gathered outside, so that the choice is a pure function.
package struct HostKVM: Hashable, Sendable {
  /// Processor families with rules of their own.
  package enum Architecture: Hashable, Sendable {
    /// 64-bit x86.
    case x86
    /// Anything else.
    case other
  }

  /// netd has handed out an open `/dev/kvm`.
  package var hasDescriptor: Bool
  /// The user that runs the hypervisor may open `/dev/kvm` itself.
  package var opensByPath: Bool
  /// The processor shows `vmx` or `svm` in `/proc/cpuinfo`.
  package var hasVirtualization: Bool
  /// Processor family.
  package var architecture: Architecture

  /// Makes a set of facts.
  package init(hasDescriptor: Bool, opensByPath: Bool, hasVirtualization: Bool, architecture: Architecture = .x86) {
    self.hasDescriptor = hasDescriptor
    self.opensByPath = opensByPath
    self.hasVirtualization = hasVirtualization
    self.architecture = architecture
  }

  /// A stock kernel runs on it: a paravirtual KVM answers the device, but hangs Linux on x86.
  var runsStockKernels: Bool { architecture != .x86 || hasVirtualization }
}

/// The accelerator that was chosen, and what a person has to be told about the choice.
package struct AcceleratorChoice: Hashable, Sendable {
  /// What the guest runs on.
  package var accelerator: Accelerator
  /// That it could be faster, or may not be what it seems; nil if the best was had.
  package var warning: Warning?

  /// Most processors on TCG: QEMU 7.2 refuses the 256th, because TCG has no x2APIC.
  package static let mostTCGProcessors = 255

  /// Chooses the accelerator of one VM.
  /// - Parameter vcpus: processors of the guest.
  /// - Throws: `.unsupported` if the request is `kvm` and there is no way to it, or if TCG cannot have that many processors.
  package static func choose(
    _ request: AcceleratorRequest, vcpus: Int = 1, host: HostKVM, features: QEMUFeatures
  ) throws(Failure) -> AcceleratorChoice {
    let choice = try preferred(request, host, features)
    if choice.accelerator == .tcg, vcpus > mostTCGProcessors {
      throw Failure(
        .unsupported, part: .accelerator, operation: "choose accelerator", object: "tcg",
        cause: "TCG has at most \(mostTCGProcessors) processors, not \(vcpus)"
          + (choice.warning.map { "; \($0.sentence)" } ?? ""),
        remedy: "use vcpus: \(mostTCGProcessors) or fewer, or a host with KVM")
    }
    return choice
  }

  private static func preferred(
    _ request: AcceleratorRequest, _ host: HostKVM, _ features: QEMUFeatures
  ) throws(Failure) -> AcceleratorChoice {
    if request == .tcg { return AcceleratorChoice(accelerator: .tcg) }
    let access: KVMAccess? =
      host.hasDescriptor && features.hasKVMDevice ? .descriptor : host.opensByPath ? .path : nil
    guard let access else {
      let cause = obstacle(host, features)
      if request == .auto {
        return AcceleratorChoice(
          accelerator: .tcg, warning: weaker("running on TCG, far slower than KVM: \(cause)", remedies))
      }
      throw Failure(
        .unsupported, part: .accelerator, operation: "choose accelerator", object: "kvm", cause: cause, remedy: remedies
      )
    }
    if host.runsStockKernels { return AcceleratorChoice(accelerator: .kvm(access)) }
    let lame = "/dev/kvm opens, but the processor shows neither vmx nor svm, and stock kernels hang on such a KVM"
    return request == .auto
      ? AcceleratorChoice(accelerator: .tcg, warning: weaker("running on TCG, far slower than KVM: \(lame)"))
      : AcceleratorChoice(accelerator: .kvm(access), warning: weaker("running on KVM as asked: \(lame)"))
  }

  private static func weaker(_ cause: String, _ remedy: String = "") -> Warning {
    Warning(id: "accelerator", part: .accelerator, cause: cause, remedy: remedy, isLasting: true)
  }

  private static let remedies =
    "install QEMU 9.0 or newer, which takes the descriptor of netd, or let the supervisor's user open /dev/kvm "
    + "(an ACL, or the group kvm and a restart of the supervisor), or use accel: tcg"

  private static func obstacle(_ host: HostKVM, _ features: QEMUFeatures) -> String {
    host.hasDescriptor || !features.hasKVMDevice
      ? "QEMU \(features.version) takes no KVM descriptor and this user may not open /dev/kvm"
      : "netd handed out no /dev/kvm and this user may not open it"
  }
}
