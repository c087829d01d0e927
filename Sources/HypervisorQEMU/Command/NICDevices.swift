package import Hypervisor
import Text
package import VMSpec

/// What a network card is to the guest, by its model.
extension QEMUCommand {
  /// The device that is a network card.
  package static func device(
    of nic: NICPlan, at place: DeviceAddresses.Address, on board: Board
  ) -> QEMUDevice {
    let (id, slot) = (nicDevice(place.number), Board.Slot.nics + place.number)
    let device =
      switch nic.model {
      case .virtio: board.virtio("virtio-net", id: id, slot: slot, port: place.port)
      case .e1000, .e1000e, .rtl8139: board.pci(nic.model.rawValue, id: id, slot: slot, port: place.port)
      }
    let card = device.with(["netdev": .string(nicBackend(place.number)), "mac": .string(nic.mac)])
    // Without an empty `romfile` a PCI card loads a network boot image, which minimal installations do not have.
    return board.machine == .q35 ? card.with(["romfile": ""]) : card
  }

  /// The models that a network card is made of; none for those of virtio, without which there is no guest at all.
  static func drivers(of model: NICSpec.Model) -> Set<String> { model == .virtio ? [] : [model.rawValue] }
}
