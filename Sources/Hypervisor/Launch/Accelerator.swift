package import Failure

/// What a guest runs on.
package enum Accelerator: Hashable, Sendable {
  /// The kernel's virtual machine.
  case kvm(KVMAccess)
  /// A translator, which needs nothing from the host.
  case tcg
}

/// How a hypervisor gets at `/dev/kvm`.
package enum KVMAccess: Hashable, Sendable {
  /// An open descriptor.
  case descriptor
  /// The hypervisor opens the path by the right of its own user.
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
  package var runsStockKernels: Bool { architecture != .x86 || hasVirtualization }
}

/// The accelerator that was chosen, and what a person has to be told about the choice.
package struct AcceleratorChoice: Hashable, Sendable {
  /// What the guest runs on.
  package var accelerator: Accelerator
  /// That it could be faster, or may not be what it seems; nil if the best was had.
  package var warning: Warning?

  package init(accelerator: Accelerator, warning: Warning? = nil) {
    self.accelerator = accelerator
    self.warning = warning
  }
}
