import Hypervisor
import Text
package import VMSpec

/// CD drives and the screen: what a guest is installed from and with. Only on q35.
extension QEMUCommand {
  /// Device id of CD drive `index`.
  package static func driveDevice(_ index: Int) -> String { "cd\(index)" }
  /// Device id of what cloud-init reads.
  static let seedDevice = "seed0"
  /// Node name of what cloud-init reads.
  package static let seedNode = "seed"
  /// Node name of what lies in CD drive `index`.
  package static func mediumNode(_ index: Int) -> String { "medium\(index)" }
  /// Device id of the graphics card.
  package static let screenDevice = "vga0"

  /// Drives on a SCSI controller of virtio: SeaBIOS and OVMF boot from it, and Debian's kernel for clouds knows it but
  /// not the board's AHCI.
  package static func drives(
    _ list: inout ArgumentList, _ spec: VMSpec, _ turns: [Int: Int], _ board: Board
  ) {
    for (index, drive) in spec.cdroms.enumerated() {
      var device = onSCSI("scsi-cd", id: driveDevice(index), target: index)
      if drive.path != nil {
        let node = mediumNode(index)
        list.add("-blockdev", mediumNode(node, file: list.set(.medium(index))))
        device = device.with(["drive": .string(node)])
      }
      if let turn = turns[index] { device = device.with(["bootindex": .integer(Int64(turn))]) }
      list.add(device)
    }
  }

  /// What `-blockdev` and `blockdev-add` take for an ISO image.
  package static func mediumNode(_ node: String, file: String) -> String {
    let mode = #""read-only":true"#
    return #"{"driver":"raw","node-name":"\#(node)",\#(mode),"file":{"#
      + #""driver":"file","filename":"\#(file)",\#(mode),"auto-read-only":false}}"#
  }

  /// What cloud-init reads, as a disk: it is found by the label of its file system. It is a function of the
  /// board's bridge to the old bus, where only SATA controllers are.
  package static func seed(_ list: inout ArgumentList, _ spec: VMSpec, _ board: Board) {
    if spec.cloudInit == nil { return }
    list.add("-blockdev", mediumNode(seedNode, file: list.set(.seed)))
    let device =
      board.machine == .q35
      ? board.pci("virtio-blk-pci", id: seedDevice, slot: Board.Slot.bridge, function: 7)
      : QEMUDevice("virtio-blk-device", id: seedDevice)
    list.add(
      device.with(DiskError.policy).with(["drive": .string(seedNode), "serial": .string(DiskSerial.seed)]))
  }

  /// The graphics card that every BIOS, UEFI and kernel knows. VNC has no listener here: connections come as descriptors
  /// (`add_client`).
  package static func screen(_ list: inout ArgumentList, _ spec: VMSpec, _ board: Board) {
    guard spec.display == .vnc else { return }
    list.add(board.pci("VGA", id: screenDevice, slot: Board.Slot.screen))
    // Without it a viewer that asks to be alone ends the others, and keeps out whoever comes later.
    list.add("-vnc", "none,share=ignore")
  }
}
