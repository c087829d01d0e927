/// How it stands with a VM's limits.
package struct LimitStanding: Hashable, Sendable {
  /// Bytes for the hypervisor beside the guest's memory; nil while it is open whether it runs with KVM.
  package var overhead: UInt64?
  /// The group that holds the limits; nil if there is none.
  package var group: String?
  /// Bytes of its memory that the guest has; nil if it does not tell.
  package var balloon: UInt64?
  /// Bytes that it was asked to have; nil if nobody has asked.
  package var balloonTarget: UInt64?
}

extension VirtualMachine {
  /// How it stands now.
  var limitStanding: LimitStanding {
    let explicit = record.spec.limits.memoryOverhead
    return LimitStanding(
      overhead: explicit ?? translates.map { MemoryAllowance.bytes(record.spec, translates: $0) },
      group: run == nil ? nil : surroundings.limits.tree?.group(id).path, balloon: run?.balloon,
      balloonTarget: run?.balloonTarget)
  }
}
