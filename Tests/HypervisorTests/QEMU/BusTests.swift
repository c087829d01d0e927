import Failure
import Testing

@testable import Hypervisor
@testable import HypervisorQEMU
@testable import Text
@testable import VMSpec

/// What disks and network cards are to a guest.
struct BusTests {
  private static let board = Board(.q35)

  private static func disk(_ bus: DiskSpec.Bus, _ number: Int, port: Int? = nil, boot: Int? = nil) -> JSON {
    QEMUCommand.device(
      of: DiskSpec(path: "/a", bus: bus), at: .init(number: number, port: port), bootIndex: boot, on: board
    ).arguments
  }

  @Test func aDiskHasAPlaceByItsNumber() {
    #expect(
      Self.disk(.virtio, 2) == [
        "driver": "virtio-blk-pci", "id": "blk2", "addr": "0xf", "drive": "disk2", "serial": "disk2",
        "werror": "stop", "rerror": "stop",
      ])
    // Behind the CD drives of the same controller.
    #expect(
      Self.disk(.scsi, 2, boot: 3) == [
        "driver": "scsi-hd", "id": "blk2", "bus": "scsi0.0", "scsi-id": 6, "drive": "disk2", "serial": "disk2",
        "werror": "stop", "rerror": "stop", "bootindex": 3,
      ])
    #expect(
      Self.disk(.nvme, 2) == ["driver": "nvme", "id": "blk2", "addr": "0xf", "drive": "disk2", "serial": "disk2"])
    #expect(
      Self.disk(.nvme, 3, port: 4) == [
        "driver": "nvme", "id": "blk3", "bus": "rp4", "drive": "disk3", "serial": "disk3",
      ])
    for (number, port) in [(0, "ide.0"), (5, "ide.5"), (6, "ahci1.0"), (11, "ahci1.5"), (15, "ahci2.3")] {
      #expect(
        Self.disk(.sata, number) == [
          "driver": "ide-hd", "id": .string("blk\(number)"), "bus": .string(port),
          "drive": .string("disk\(number)"), "serial": .string("disk\(number)"), "werror": "stop", "rerror": "stop",
        ])
    }
  }

  @Test func whoCanComeAndGo() {
    typealias Row = (bus: DiskSpec.Bus, onBoard: Bool, inPort: Bool)
    for row: Row in [(.virtio, false, true), (.scsi, true, true), (.sata, false, false), (.nvme, false, true)] {
      let disk = DiskSpec(path: "/a", bus: row.bus)
      #expect(disk.isDetachable(at: .init(number: 0)) == row.onBoard, "\(row.bus)")
      #expect(disk.isDetachable(at: .init(number: 0, port: 1)) == row.inPort, "\(row.bus)")
    }
  }

  @Test func controllersAreThereForWhoIsOnThem() {
    func controllers(_ disks: [DiskSpec], _ drives: [CDROMSpec] = [], from first: Int = 0) -> [JSON?] {
      let spec = VMSpec(name: "a", memory: 1 << 30, boot: .firmware(.bios), disks: disks, cdroms: drives)
      let addresses = disks.indices.map { DeviceAddresses.Address(number: first + $0) }
      return QEMUCommand.controllers(spec, addresses, Self.board).map { $0.properties["id"] }
    }
    func disks(_ bus: DiskSpec.Bus, _ count: Int) -> [DiskSpec] {
      (0..<count).map { DiskSpec(path: "/\($0)", bus: bus) }
    }
    #expect(controllers(disks(.virtio, 16)).isEmpty && controllers(disks(.nvme, 16)).isEmpty)
    #expect(controllers([], [CDROMSpec()]) == ["scsi0"] && controllers(disks(.scsi, 1)) == ["scsi0"])
    #expect(controllers(disks(.sata, 6)).isEmpty, "the board's")
    #expect(controllers(disks(.sata, 7)) == ["ahci1"] && controllers(disks(.sata, 16)) == ["ahci1", "ahci2"])
    // By number, not by how many there are: others may have gone.
    #expect(controllers(disks(.sata, 1), from: 12) == ["ahci1", "ahci2"])
  }

  @Test(arguments: [
    (NICSpec.Model.virtio, "virtio-net-pci"), (.e1000, "e1000"), (.e1000e, "e1000e"), (.rtl8139, "rtl8139"),
  ])
  func aCardIsWhatTheGuestTakesItFor(model: NICSpec.Model, driver: String) {
    let card = NICPlan(model, mac: "02:00:00:00:00:01", hasVhost: false)
    #expect(
      QEMUCommand.device(of: card, at: .init(number: 1, port: 3), on: Self.board).arguments == [
        "driver": .string(driver), "id": "nic1", "bus": "rp3", "netdev": "n1", "mac": "02:00:00:00:00:01",
        "romfile": "",
      ])
  }

  @Test func whatTheProgramWasNotBuiltWithIsRefused() throws {
    let devices = """
      Storage devices:
      name "ide-hd", bus IDE, desc "virtual IDE disk"
      name "ich9-ahci", bus PCI, alias "ahci"
      name "e1000", bus PCI, alias "e1000-82540em", desc "Intel Gigabit Ethernet"
      name "scsi-hd", bus SCSI, desc "virtual SCSI disk"
      """
    let version = "QEMU emulator version 7.2.22\n"
    let features = try QEMUFeatures.parse(version: version, help: "", devices: devices)
    let capabilities = features.capabilities
    #expect(capabilities.buses == [.virtio, .sata] && capabilities.models == [.virtio, .e1000])
    var spec = VMSpec(
      name: "a", memory: 1 << 30, boot: .firmware(.bios), disks: [DiskSpec(path: "/a", bus: .sata)], nics: [NICSpec()])
    try capabilities.check(spec, program: "/q")
    spec.disks.append(DiskSpec(path: "/b", bus: .nvme))
    let disk = #expect(throws: Failure.self) { try capabilities.check(spec, program: "/q") }
    #expect(
      disk?.code == .unsupported && disk?.part == .hypervisor && disk?.object == "a: disks[1].bus"
        && disk?.cause == "/q 7.2.22 was built without nvme")
    #expect(disk?.remedy.contains("sata, virtio") == true, "\(String(describing: disk))")
    spec.disks.removeLast()
    spec.nics[0].model = .e1000e
    let card = #expect(throws: Failure.self) { try capabilities.check(spec, program: "/q") }
    #expect(card?.object == "a: nics[0].model" && card?.cause == "/q 7.2.22 was built without e1000e")
  }

  @Test func whatQEMUCallsADevice() {
    #expect(QEMUCommand.id(ofPath: "/machine/peripheral/blk0/virtio-backend") == "blk0")
    #expect(QEMUCommand.id(ofPath: "/machine/peripheral/blk1") == "blk1" && QEMUCommand.id(ofPath: "blk2") == "blk2")
    #expect(QEMUCommand.id(ofPath: "") == nil && QEMUCommand.id(ofPath: "/machine/unattached/device[3]") == nil)
  }
}
