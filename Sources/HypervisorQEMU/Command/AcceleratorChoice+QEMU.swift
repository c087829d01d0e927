package import Failure
package import Hypervisor
package import VMSpec

extension AcceleratorChoice {
  /// Most processors on TCG: QEMU 7.2 refuses the 256th, because TCG has no x2APIC.
  package static let mostTCGProcessors = 255

  /// Chooses the accelerator of one VM.
  /// - Parameter vcpus: processors of the guest.
  /// - Throws: `.unsupported` if the request is `kvm` and there is no way to it, or if TCG cannot have that many processors.
  package static func choose(
    _ request: AcceleratorRequest, vcpus: Int = 1, host: HostKVM, features: Capabilities
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
    _ request: AcceleratorRequest, _ host: HostKVM, _ features: Capabilities
  ) throws(Failure) -> AcceleratorChoice {
    if request == .tcg { return AcceleratorChoice(accelerator: .tcg) }
    let access: KVMAccess? =
      host.hasDescriptor && features.takesKVMDescriptor ? .descriptor : host.opensByPath ? .path : nil
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

  private static func obstacle(_ host: HostKVM, _ features: Capabilities) -> String {
    host.hasDescriptor || !features.takesKVMDescriptor
      ? "QEMU \(features.version) takes no KVM descriptor and this user may not open /dev/kvm"
      : "netd handed out no /dev/kvm and this user may not open it"
  }
}
