import Failure
import Foundation
import Glibc
import Linux
import Testing

@testable import Hypervisor
@testable import HypervisorQEMU
@testable import VMSpec

/// Real QEMUs without a guest (`-S`): is the planned command line accepted, and does the client speak with it?
@Suite(.serialized) struct RealQEMUTests {
  private func disks(_ folder: TemporaryFolder) throws -> [DiskSpec] {
    [
      DiskSpec(path: try folder.image("a.qcow2", .qcow2)),
      DiskSpec(path: try folder.image("b.raw", .raw), format: .raw),
      DiskSpec(path: try folder.image("c.qcow2", .qcow2), readonly: true),
      DiskSpec(path: try folder.image("d.raw", .raw), format: .raw, readonly: true),
    ]
  }

  @Test func disksMonitorsAndEvents() async throws {
    let folder = try TemporaryFolder()
    let spec = VMSpec(name: "real", vcpus: 2, memory: 64 << 20, boot: .firmware(.bios), disks: try disks(folder))
    let qemu = try RunningQEMU(spec, folder: folder)
    let meeting = try await Meeting.at(
      path: folder.file("qmp.sock"), agent: true, disks: true, timeout: .seconds(20))
    let client = try #require(meeting.machine as? QEMUMachine).monitor
    #expect(client.version >= QEMUFeatures.oldest)
    #expect(meeting.condition == .paused)
    #expect(try await client.queryStatus() == .prelaunch)
    #expect(meeting.uuid == "0d5a1d3c-9c2c-4d43-a5a5-0123456789ab")
    #expect(try meeting.diskRates?.get().map { $0.operations + $0.bytes } == [0, 0, 0, 0])
    #expect(meeting.balloon ?? 64 << 20 == 64 << 20)
    #expect(try await client.queryName() == "real")
    #expect(try await client.queryCPUs().map(\.index) == [0, 1])
    #expect(try await client.queryBlockStats().map(\.node) == (0..<4).map(QEMUCommand.diskNode))
    #expect(meeting.agentPortIsOpen == false)
    let devices = try CharacterDevice.list(try await client.execute("query-chardev"))
    #expect(devices.first { $0.label == "qmp" }?.isConnected == true)
    let port = try #require(devices.first { $0.label == QEMUCommand.agentChardev })
    #expect(!port.isConnected && !port.isFrontendOpen)

    // Somebody holds the first monitor; the spare one greets and hears the events too.
    let busy = try await #require(throws: Failure.self) {
      _ = try await QMPClient.connect(path: folder.file("qmp.sock"), timeout: .milliseconds(200))
    }
    #expect(busy.code == .timeout)
    let spare = try await qemu.monitor("qmp2")
    try await client.cont()
    #expect(try await client.queryStatus() == .running)
    try await client.stop()
    var names: [String] = []
    for await event in spare.events {
      names.append(event.name)
      if event.kind == .stop { break }
    }
    #expect(names.first == "RESUME" && names.last == "STOP")
    let refused = try await #require(throws: Failure.self) { _ = try await client.execute("no-such-command") }
    #expect(refused.code == .unsupported)

    try await client.quit()
    #expect(try qemu.process.reap(blocking: true) == .exited(0))
    var last: QMPEvent.Kind?
    for await event in client.events { last = event.kind }
    #expect(last == .shutdown(guest: false, reason: "host-qmp-quit"))
    #expect(qemu.log.isEmpty, "\(qemu.log)")
  }

  @Test func descriptorsCanFollowLater() async throws {
    let folder = try TemporaryFolder()
    let image = try folder.image("a.raw", .raw)
    let spec = VMSpec(
      name: "later", memory: 64 << 20, boot: .firmware(.bios), disks: [DiskSpec(path: image, format: .raw)],
      console: false, agent: false)
    let qemu = try RunningQEMU(spec, folder: folder)
    let client = try await qemu.monitor()
    let hot = try folder.image("hot.raw", .raw)
    let descriptor = Descriptor(owning: open(hot, O_RDWR | O_CLOEXEC))
    try await client.execute("add-fd", arguments: ["fdset-id": 900], passing: descriptor)
    try await client.execute(
      "blockdev-add", arguments: ["driver": "file", "node-name": "hot", "filename": "/dev/fdset/900"])
    try await client.execute(
      "device_add", arguments: ["driver": "virtio-blk-pci", "id": "hotblk", "drive": "hot", "bus": "rp0"])
    #expect(try await client.queryBlockStats().count == 2)
    await client.close()
    #expect(try await qemu.quit() == .exited(0))
  }

  @Test func everyBusAndModelIsTakenAtTheStartAndLater() async throws {
    let folder = try TemporaryFolder()
    let paths = try (0..<8).map { try folder.image("\($0).raw", .raw) }
    let buses = DiskSpec.Bus.allCases
    let disks = zip(buses, paths).map { DiskSpec(path: $1, format: .raw, bus: $0, iops: 100) }
    let spec = VMSpec(
      name: "zoo", memory: 32 << 20, boot: .firmware(.bios), disks: disks, console: false, agent: false,
      cdroms: [CDROMSpec()])
    let qemu = try RunningQEMU(spec, folder: folder)
    let client = try await qemu.monitor()
    for (number, bus) in buses.enumerated() where bus.isPluggable {
      let place = DeviceAddresses.Address(number: 4 + number, port: number)
      let image = Descriptor(owning: open(paths[4 + number], O_RDWR | O_CLOEXEC))
      try await client.addFile(image, set: 900 + number)
      try await client.plug(DiskSpec(path: "/a", format: .raw, bus: bus), place, set: 900 + number)
    }
    // Counters and limits find each of them, whatever QEMU calls it.
    let ids: Set = ["blk0", "blk1", "blk2", "blk3", "blk4", "blk5", "blk7"]
    let stats = try await client.queryBlockStats()
    #expect(Set(stats.compactMap(\.deviceID)) == ids.union(["cd0"]), "\(stats)")
    for throttle in try await client.throttles() where throttle.rate != nil {
      try await client.setThrottle(BlockThrottle(device: throttle.device, operations: 50, bytes: 0))
    }
    let rates = try await client.throttles().compactMap(\.rate)
    #expect(rates.count == ids.count && rates.allSatisfy { $0.operations == 50 }, "\(rates)")
    for (number, model) in NICSpec.Model.allCases.enumerated() {
      try await client.execute("netdev_add", arguments: ["type": "hubport", "id": .string("n\(number)"), "hubid": 0])
      let card = NICPlan(model, mac: "02:00:00:00:00:0\(number)", hasVhost: false)
      let place = DeviceAddresses.Address(number: number, port: 4 + number)
      try await client.execute(
        "device_add", arguments: QEMUCommand.device(of: card, at: place, on: Board(.q35)).arguments)
    }
    let there = try await client.devices()
    #expect(there.isSuperset(of: ids.union(["nic0", "nic1", "nic2", "nic3"])), "\(there)")
    await client.close()
    #expect(try await qemu.quit() == .exited(0))
    #expect(qemu.log.isEmpty, "\(qemu.log)")
  }

  @Test(arguments: DiskSpec.Bus.allCases)
  func aBoardFullOfDisksIsTaken(bus: DiskSpec.Bus) async throws {
    let folder = try TemporaryFolder()
    let image = try folder.image("d.raw", .raw)
    let disks = (0..<16).map { number in
      // QEMU locks an image for whoever writes.
      DiskSpec(
        path: bus.canBeReadonly ? image : folder.file("\(number).raw"), format: .raw, bus: bus,
        readonly: bus.canBeReadonly)
    }
    for disk in disks where !disk.readonly { try FileManager.default.copyItem(atPath: image, toPath: disk.path ?? "") }
    let spec = VMSpec(
      name: "full", memory: 64 << 20, boot: .firmware(.bios), disks: disks,
      cdroms: Array(repeating: CDROMSpec(), count: 4),
      display: .vnc)
    let qemu = try RunningQEMU(spec, folder: folder)
    let client = try await qemu.monitor()
    #expect(try await client.queryBlockStats().compactMap(\.deviceID).count == 20)
    await client.close()
    #expect(try await qemu.quit() == .exited(0))
    #expect(qemu.log.isEmpty, "\(qemu.log)")
  }

  @Test func aGuestWithoutItsControllerTakesNoSCSIDisk() async throws {
    let folder = try TemporaryFolder()
    let image = try folder.image("d.raw", .raw)
    let spec = VMSpec(
      name: "bare", memory: 32 << 20, boot: .firmware(.bios), disks: [DiskSpec(path: image, format: .raw)])
    let qemu = try RunningQEMU(spec, folder: folder)
    let client = try await qemu.monitor()
    let disk = DiskSpec(path: "/a", format: .raw, bus: .scsi)
    let refused = try await #require(throws: Failure.self) { try await client.plug(disk, .init(number: 1), set: 900) }
    #expect(refused.code == .unsupported && refused.cause.contains("without a SCSI controller"), "\(refused)")
    #expect(try await client.disks().keys.contains("disk1") == false, "nothing of it is left")
    await client.close()
    #expect(try await qemu.quit() == .exited(0))
  }

  @Test func everyPlaceOfTheBoardsIsTaken() async throws {
    for machine in MachineType.allCases {
      let folder = try TemporaryFolder()
      let kernel = folder.file("kernel")
      // A header that QEMU takes for a Linux of boot protocol 2.0: "HdrS" at 0x202.
      var header = Data(count: 0x4000)
      header.replaceSubrange(0x202..<0x208, with: Array("HdrS".utf8) + [0, 2])
      header.replaceSubrange(0x1fe..<0x200, with: [0x55, 0xaa])
      try header.write(to: URL(filePath: kernel))
      let disk = DiskSpec(path: try folder.image("d.raw", .raw), format: .raw, readonly: true)
      let spec = VMSpec(
        name: "full", vcpus: 8, memory: 64 << 20, machine: machine,
        boot: .kernel(KernelBoot(kernel: kernel, initrd: kernel, cmdline: "quiet, really")),
        disks: Array(repeating: disk, count: machine == .q35 ? 16 : 13))
      let qemu = try RunningQEMU(spec, folder: folder, tscKHz: 2_000_000)
      let client = try await qemu.monitor()
      #expect(try await client.queryBlockStats().count == spec.disks.count)
      await client.close()
      #expect(try await qemu.quit() == .exited(0))
      #expect(qemu.log.isEmpty, "\(qemu.log)")
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/usr/share/OVMF/OVMF_CODE_4M.fd")))
  func uefi() async throws {
    let folder = try TemporaryFolder()
    let variables = folder.file("vars.fd")
    try FileManager.default.copyItem(atPath: "/usr/share/OVMF/OVMF_VARS_4M.fd", toPath: variables)
    let spec = VMSpec(
      name: "uefi", memory: 128 << 20, boot: .firmware(.uefi), disks: [DiskSpec(path: try folder.image("a", .qcow2))])
    let qemu = try RunningQEMU(spec, folder: folder, firmware: ("/usr/share/OVMF/OVMF_CODE_4M.fd", variables))
    #expect(try await qemu.quit() == .exited(0))
    #expect(qemu.log.isEmpty, "\(qemu.log)")
  }

  @Test func aRefusedCommandLineSaysWhy() async throws {
    let folder = try TemporaryFolder()
    let file = folder.file("notqcow2")
    try Data(count: 4096).write(to: URL(filePath: file))
    let spec = VMSpec(name: "bad", memory: 64 << 20, boot: .firmware(.bios), disks: [DiskSpec(path: file)])
    let qemu = try RunningQEMU(spec, folder: folder)
    #expect(try qemu.process.reap(blocking: true) == .exited(1))
    #expect(qemu.log.contains("qcow2"))
    await #expect(throws: Failure.self) { _ = try await qemu.monitor() }
  }
}
