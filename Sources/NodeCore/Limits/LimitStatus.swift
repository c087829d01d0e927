/// How it stands with a VM's limits.
package struct LimitStatus: Hashable, Sendable {
  /// Bytes for the hypervisor beside the guest's memory; nil while it is open whether it runs with KVM.
  package var overhead: UInt64?
  /// The group that holds the limits; nil if there is none.
  package var group: String?
  /// Bytes of its memory that the guest has; nil if it does not tell.
  package var balloon: UInt64?
  /// Bytes that it was asked to have; nil if nobody has asked.
  package var balloonTarget: UInt64?
}
