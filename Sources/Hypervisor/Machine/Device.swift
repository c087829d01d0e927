/// A device of a VM, whatever its hypervisor calls it.
package enum Device: Hashable, Sendable, CustomStringConvertible {
  /// The disk with that number, `DeviceAddresses.Address.number`.
  case disk(Int)
  /// The network card with that number.
  case nic(Int)
  /// The CD drive at that position.
  case drive(Int)
  /// What cloud-init reads.
  case seed

  /// Disks first, then drives: what a guest stands for most.
  package var rank: Int {
    switch self {
    case .disk(let number): number
    case .drive(let index): 1000 + index
    case .nic(let number): 2000 + number
    case .seed: 3000
    }
  }

  /// `disk0`, as in identities of warnings and in metrics.
  package var description: String {
    switch self {
    case .disk(let number): "disk\(number)"
    case .nic(let number): "nic\(number)"
    case .drive(let number): "cd\(number)"
    case .seed: "seed0"
    }
  }
}
