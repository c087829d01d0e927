import Glibc

/// What the kernel's virtual machine can do (Documentation/virt/kvm/api.rst of Linux).
public enum KVM {
  /// Whether it offers guests what Hyper-V does: processors by number, their own timers and interrupts, calls that reach
  /// several of them. Linux has all of it since 4.20, where the processor's virtualization is its own.
  /// - Parameter device: open `/dev/kvm`.
  public static func offersHyperV(_ device: Int32) -> Bool {
    // KVM_CAP_HYPERV, _VAPIC, _SPIN, _TIME, _SYNIC2, _VP_INDEX, _TLBFLUSH, _SEND_IPI of linux/kvm.h.
    [44, 45, 46, 96, 148, 149, 155, 161].allSatisfy { has($0, device) }
  }

  private static func has(_ capability: Int32, _ device: Int32) -> Bool {
    // KVM_CHECK_EXTENSION is _IO(0xae, 3).
    ioctl(device, UInt(0xae03), capability) > 0
  }

  /// The same of the device that this user opens by its path; false if it may not.
  public static func offersHyperV() -> Bool {
    guard let device = try? Files.open("/dev/kvm", O_RDWR) else { return false }
    return offersHyperV(device.raw)
  }
}
