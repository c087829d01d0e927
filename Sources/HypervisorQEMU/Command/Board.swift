import Hypervisor
import Text
package import VMSpec

/// Which slots of the board devices have, and what they are called there.
package struct Board {
  package let machine: MachineType

  init(_ machine: MachineType) { self.machine = machine }

  /// A virtio device: on PCI it has a fixed place, virtio-mmio fills its places in order.
  /// - Parameters:
  ///   - model: such as `virtio-blk`.
  ///   - slot: of the board, where it has no root port.
  package func virtio(_ model: String, id: String, slot: Int, port: Int? = nil) -> QEMUDevice {
    machine == .q35 ? pci("\(model)-pci", id: id, slot: slot, port: port) : QEMUDevice("\(model)-device", id: id)
  }

  /// A device of PCI.
  /// - Parameters:
  ///   - function: of the slot; nil: it has the slot for itself.
  ///   - port: the root port for it; nil: a slot of the board itself.
  package func pci(_ driver: String, id: String, slot: Int, function: Int? = nil, port: Int? = nil) -> QEMUDevice {
    let part = function.map { ".\($0)" } ?? ""
    return QEMUDevice(
      driver, id: id,
      port.map { ["bus": .string(Self.rootPort($0))] } ?? ["addr": .string("0x\(String(slot, radix: 16))\(part)")])
  }

  /// Id of a root port, from 0.
  package static func rootPort(_ number: Int) -> String { "rp\(number)" }

  /// The root ports, functions of one slot. They come before what sits on them.
  var rootPorts: [QEMUDevice] {
    guard machine == .q35 else { return [] }
    return (0..<DeviceAddresses.hotplugPorts).map { port in
      let number = JSON.integer(Int64(port + 1))
      let device = pci("pcie-root-port", id: Self.rootPort(port), slot: Slot.rootPorts, function: port)
        .with(["chassis": number, "slot": number])
      return port == 0 ? device.with(["multifunction": true]) : device
    }
  }

  /// Slots of the board. What has a number begins there.
  enum Slot {
    static let screen = 0x01
    /// One each for up to eight network cards.
    static let nics = 0x02
    static let serial = 0x0a
    static let balloon = 0x0b
    static let random = 0x0c
    /// One each for up to sixteen disks.
    static let disks = 0x0d
    static let scsi = 0x1d
    static let rootPorts = 0x1e
    /// The bridge to the old bus, which has functions to spare.
    static let bridge = 0x1f
  }
}
