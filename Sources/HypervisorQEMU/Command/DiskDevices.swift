import Hypervisor
import Text
package import VMSpec

/// What a disk is to the guest, by the bus that it is on.
extension QEMUCommand {
  /// Id of the SCSI controller of the board.
  static let scsiController = "scsi0"

  /// Ports of the SATA controller that is part of q35 (`hw/i386/pc_q35.c`), and of each further one.
  static let sataPorts = 6

  /// The controllers of the board that disks and drives share.
  static func controllers(_ spec: VMSpec, _ addresses: [DeviceAddresses.Address], _ board: Board) -> [QEMUDevice] {
    let disks = zip(spec.disks, addresses)
    var devices: [QEMUDevice] = []
    if !spec.cdroms.isEmpty || spec.disks.contains(where: { $0.bus == .scsi }) {
      devices.append(board.virtio("virtio-scsi", id: scsiController, slot: Board.Slot.scsi))
    }
    let last = disks.filter { $0.0.bus == .sata }.map(\.1.number).max() ?? 0
    for index in 0..<last / sataPorts {
      // Free functions of the bridge, beside the controller that is there: 0x1f.2.
      devices.append(
        board.pci(
          "ich9-ahci", id: sataController((index + 1) * sataPorts), slot: Board.Slot.bridge, function: 4 + index))
    }
    return devices
  }

  /// The device that is a disk.
  /// - Parameter bootIndex: its turn among what firmware boots from; nil if it does not.
  package static func device(
    of disk: DiskSpec, at place: DeviceAddresses.Address, bootIndex: Int? = nil, on board: Board
  ) -> QEMUDevice {
    let (id, number) = (diskDevice(place.number), place.number)
    let slot = Board.Slot.disks + number
    var device =
      switch disk.bus {
      case .virtio: board.virtio("virtio-blk", id: id, slot: slot, port: place.port).with(DiskError.policy)
      // Behind the drives, which have the first ones.
      case .scsi: onSCSI("scsi-hd", id: id, target: VMSpec.mostDrives + number)
      case .sata:
        QEMUDevice("ide-hd", id: id, ["bus": .string("\(sataController(number)).\(number % sataPorts)")])
          .with(DiskError.policy)
      // It has no such policy: its guest is told of every error (hw/nvme/ctrl.c).
      case .nvme: board.pci("nvme", id: id, slot: slot, port: place.port)
      }
    device = device.with(["drive": .string(diskNode(number)), "serial": .string(DiskSerial.text(disk, place))])
    return bootIndex.map { device.with(["bootindex": .integer(Int64($0))]) } ?? device
  }

  /// A disk or drive on the SCSI controller.
  static func onSCSI(_ driver: String, id: String, target: Int) -> QEMUDevice {
    QEMUDevice(driver, id: id, ["bus": .string("\(scsiController).0"), "scsi-id": .integer(Int64(target))])
      .with(DiskError.policy)
  }

  /// Id of the SATA controller for the disk with that number; the board's own has none.
  private static func sataController(_ number: Int) -> String {
    number < sataPorts ? "ide" : "ahci\(number / sataPorts)"
  }

  /// The models that disks on a bus are made of. Without those of virtio there is no guest at all.
  static func drivers(of bus: DiskSpec.Bus) -> Set<String> {
    switch bus {
    case .virtio: []
    case .scsi: ["virtio-scsi-pci", "scsi-hd"]
    case .sata: ["ich9-ahci", "ide-hd"]
    case .nvme: ["nvme"]
    }
  }
}
