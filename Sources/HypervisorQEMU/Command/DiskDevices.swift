import Hypervisor
import Text
package import VMSpec

/// What a disk is to the guest, by the bus that it is on.
extension QEMUCommand {
  /// Id of the SCSI controller of the board.
  static let scsiController = "scsi0"
  /// Id of the controller that a SCSI disk which was plugged in has for itself.
  package static func diskController(_ number: Int) -> String { "hba\(number)" }

  /// Ports of the SATA controller that is part of q35 (`hw/i386/pc_q35.c`), and of each further one.
  static let sataPorts = 6

  /// The controllers of the board that disks and drives share.
  static func controllers(_ spec: VMSpec, _ addresses: [DeviceAddresses.Address], _ board: Board) -> [QEMUDevice] {
    let disks = zip(spec.disks, addresses)
    var devices: [QEMUDevice] = []
    if !spec.cdroms.isEmpty || disks.contains(where: { $0.bus == .scsi && $1.port == nil }) {
      devices.append(board.virtio("virtio-scsi", id: scsiController, slot: Board.Slot.scsi))
    }
    let last = disks.filter { $0.0.bus == .sata }.map(\.1.number).max() ?? 0
    for index in 0..<last / sataPorts {
      // Free functions of the bridge, beside the controller that is there: 0x1f.2.
      devices.append(board.pci("ich9-ahci", id: "ahci\(index + 1)", slot: Board.Slot.bridge, function: 4 + index))
    }
    return devices
  }

  /// The devices that a disk is made of, in the order in which they are made.
  /// - Parameter bootIndex: its turn among what firmware boots from; nil if it does not.
  package static func devices(
    of disk: DiskSpec, at place: DeviceAddresses.Address, bootIndex: Int? = nil, on board: Board
  ) -> [QEMUDevice] {
    let (id, number) = (diskDevice(place.number), place.number)
    let slot = Board.Slot.disks + number
    var devices: [QEMUDevice]
    switch disk.bus {
    case .virtio:
      devices = [board.virtio("virtio-blk", id: id, slot: slot, port: place.port).with(DiskError.policy)]
    case .scsi:
      // Behind the drives, which have the first ones.
      let target = Int64(VMSpec.mostDrives + number)
      let own = place.port.map { board.virtio("virtio-scsi", id: diskController(number), slot: slot, port: $0) }
      let bus = own == nil ? scsiController : diskController(number)
      devices =
        (own.map { [$0] } ?? []) + [
          QEMUDevice("scsi-hd", id: id, ["bus": .string("\(bus).0"), "scsi-id": .integer(own == nil ? target : 0)])
            .with(DiskError.policy)
        ]
    case .sata:
      let controller = number < sataPorts ? "ide" : "ahci\(number / sataPorts)"
      devices = [
        QEMUDevice("ide-hd", id: id, ["bus": .string("\(controller).\(number % sataPorts)")]).with(DiskError.policy)
      ]
    // It has no such policy: its guest is told of every error (`hw/nvme/ctrl.c`).
    case .nvme: devices = [board.pci("nvme", id: id, slot: slot, port: place.port)]
    }
    let last = devices.removeLast()
      .with(["drive": .string(diskNode(number)), "serial": .string(DiskSerial.text(disk, place))])
    return devices + [bootIndex.map { last.with(["bootindex": .integer(Int64($0))]) } ?? last]
  }

  /// The models that disks on a bus are made of.
  static func drivers(of bus: DiskSpec.Bus) -> Set<String> {
    switch bus {
    case .virtio: ["virtio-blk-pci"]
    case .scsi: ["virtio-scsi-pci", "scsi-hd"]
    case .sata: ["ich9-ahci", "ide-hd"]
    case .nvme: ["nvme"]
    }
  }
}
