import Hypervisor
import VMSpec

/// What a hypervisor needs beside the guest's memory.
enum MemoryAllowance {
  /// A part of the allowance, with its reason.
  struct Part: Hashable, Sendable {
    var reason: String
    var bytes: UInt64
  }

  private static let mebi: UInt64 = 1 << 20

  /// Bytes beside the guest's memory: what the specification says, or the sum of `parts`.
  static func bytes(_ spec: VMSpec, isEmulated: Bool) -> UInt64 {
    spec.limits.memoryOverhead ?? parts(spec, isEmulated: isEmulated).reduce(0) { $0 + $1.bytes }
  }

  /// Everything that the group of a VM is charged for at most: `memory.max`, and what admission counts.
  static func limit(_ spec: VMSpec, isEmulated: Bool) -> UInt64 {
    let (sum, overflow) = spec.memory.addingReportingOverflow(bytes(spec, isEmulated: isEmulated))
    return overflow ? .max : sum
  }

  /// The allowance as it is computed. Page cache is charged too, but given back when memory is short, so it needs none.
  /// - Parameter isEmulated: whether it runs without KVM.
  static func parts(_ spec: VMSpec, isEmulated: Bool) -> [Part] {
    var parts = [
      // Measured: 43 MiB resident without a guest, 21 of them its own. The rest is for request pools and monitors.
      Part(reason: "hypervisor", bytes: 64 * mebi),
      // Page tables of the process and of the guest, 1/512 each, KVM's lists of pages another 1/512, dirty bitmaps.
      Part(reason: "page tables", bytes: spec.memory / 64),
      // Stacks, machine state, and the queues of its devices.
      Part(reason: "processors", bytes: UInt64(max(0, spec.vcpus)) * 8 * mebi),
    ]
    let layered = spec.disks.count { $0.format == .qcow2 }
    if layered > 0 {
      // QEMU keeps tables of an image of 256 GiB or more in 32 MiB (qcow2 `l2-cache-size`).
      parts.append(Part(reason: "tables of qcow2 images", bytes: UInt64(layered) * 32 * mebi))
    }
    if spec.display == .vnc { parts.append(Part(reason: "screen", bytes: 32 * mebi)) }
    guard isEmulated else { return parts }
    parts.append(Part(reason: "translated code", bytes: TranslationCache.size(guestMemory: spec.memory)))
    // Per processor 64 bytes for each page that it has touched lately, as user and as kernel; 2^22 entries at most
    // (QEMU, `CPU_TLB_DYN_MAX_BITS`).
    let tables = min(spec.memory / 32, 512 * mebi)
    parts.append(Part(reason: "translated addresses", bytes: UInt64(max(0, spec.vcpus)) * tables))
    return parts
  }
}
