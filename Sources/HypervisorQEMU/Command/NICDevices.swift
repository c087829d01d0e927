package import Hypervisor
import Linux
import Text
package import VMSpec

/// What a network card is to the guest, by its model.
extension QEMUCommand {
  /// The device that is a network card.
  /// - Parameter bootIndex: its turn among what firmware boots from; nil if it does not.
  package static func device(
    of nic: NICPlan, at place: DeviceAddresses.Address, bootIndex: Int? = nil, on board: Board
  ) -> QEMUDevice {
    let (id, slot) = (nicDevice(place.number), Board.Slot.nics + place.number)
    let device =
      switch nic.model {
      case .virtio: board.virtio("virtio-net", id: id, slot: slot, port: place.port)
      case .e1000, .e1000e, .rtl8139: board.pci(nic.model.rawValue, id: id, slot: slot, port: place.port)
      }
    let card = device.with(["netdev": .string(nicBackend(place.number)), "mac": .string(nic.mac)])
    if let bootIndex { return card.with(["bootindex": .integer(Int64(bootIndex))]) }
    // Without an empty `romfile` a PCI card loads a network boot image, which minimal installations do not have.
    return board.machine == .q35 ? card.with(["romfile": ""]) : card
  }

  /// The models whose image for booting over the network lies in one of some folders, under the name that the device looks
  /// for (`hw/net/*.c` and `hw/virtio/virtio-net-pci.c`, `romfile`).
  static func networkBoots(in folders: [String]) -> Set<NICSpec.Model> {
    Set(
      NICSpec.Model.allCases.filter { model in
        folders.contains { Files.exists("\($0)/efi-\(model.rawValue).rom") }
      })
  }

  /// The models that a network card is made of; none for those of virtio, without which there is no guest at all.
  static func drivers(of model: NICSpec.Model) -> Set<String> { model == .virtio ? [] : [model.rawValue] }
}
