import Hypervisor
import Text
import VMSpec

/// The device by which a guest learns that it is another copy than before (QEMU: docs/specs/vmgenid.txt).
extension QEMUCommand {
  static let generationDriver = "vmgenid"
  /// The guest finds it through ACPI tables, and that of a microvm does not list it (`hw/i386/acpi-microvm.c`).
  static let boardsWithGeneration: Set<MachineType> = [.q35]

  static func generation(_ id: String) -> QEMUDevice {
    QEMUDevice(generationDriver, id: "genid0", ["guid": .string(id)])
  }
}
