import Hypervisor
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
  package static func drives(_ list: inout ArgumentList, _ spec: VMSpec, _ bus: Bus) {
    if spec.cdroms.isEmpty { return }
    list.add("-device", bus.device("virtio-scsi", "id=scsi0", slot: 0x1d))
    for (index, drive) in spec.cdroms.enumerated() {
      var properties = "scsi-cd,id=\(driveDevice(index)),bus=scsi0.0,scsi-id=\(index),\(DiskError.policy)"
      if drive.path != nil {
        let node = mediumNode(index)
        list.add("-blockdev", mediumNode(node, file: list.set(.medium(index))))
        properties += ",drive=\(node)"
      }
      // After the disks: an installed system starts, an empty disk leaves it to the installer.
      if spec.boot.isFirmware { properties += ",bootindex=\(spec.disks.count + index + 1)" }
      list.add("-device", properties)
    }
  }

  /// What `-blockdev` and `blockdev-add` take for an ISO image.
  package static func mediumNode(_ node: String, file: String) -> String {
    let mode = #""read-only":true"#
    return #"{"driver":"raw","node-name":"\#(node)",\#(mode),"file":{"#
      + #""driver":"file","filename":"\#(file)",\#(mode),"auto-read-only":false}}"#
  }

  /// What cloud-init reads, as a disk: it is found by the label of its file system. It is a function of the
  /// board's bridge to the old bus, where no disk or network card ever is.
  package static func seed(_ list: inout ArgumentList, _ spec: VMSpec, _ bus: Bus) {
    if spec.cloudInit == nil { return }
    list.add("-blockdev", mediumNode(seedNode, file: list.set(.seed)))
    let properties = "drive=\(seedNode),id=\(seedDevice),serial=\(DiskSerial.seed),\(DiskError.policy)"
    list.add(
      "-device",
      bus.machine == .q35 ? "virtio-blk-pci,\(properties),addr=0x1f.0x7" : "virtio-blk-device,\(properties)")
  }

  /// The graphics card that every BIOS, UEFI and kernel knows. VNC has no listener here: connections come as descriptors
  /// (`add_client`).
  package static func screen(_ list: inout ArgumentList, _ spec: VMSpec, _ bus: Bus) {
    guard spec.display == .vnc else { return }
    list.add("-device", "VGA,id=\(screenDevice),addr=0x1", "-vnc", "none")
  }
}
