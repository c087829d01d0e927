import Testing

@testable import Hypervisor
@testable import HypervisorQEMU
@testable import VMSpec

/// Where devices are after others have come and gone.
@Suite struct DeviceAddressTests {
  private static func spec(disks: [DiskSpec], nics: Int = 0) -> VMSpec {
    VMSpec(
      name: "web", memory: 1 << 30, boot: PlanTests.direct, disks: disks, nics: Array(repeating: NICSpec(), count: nics)
    )
  }

  private static func devices(_ spec: VMSpec, _ addresses: DeviceAddresses?) -> [String] {
    let nics = spec.nics.map { _ in NICPlan(mac: "02:00:00:00:00:01", hasVhost: false) }
    return QEMUCommand.plan(
      spec: spec, identity: PlanTests.identity, nics: nics, addresses: addresses, accelerator: .tcg,
      features: PlanTests.old.capabilities, executable: "q"
    ).arguments.filter { $0.contains(#""driver":"virtio-blk"#) || $0.contains(#""driver":"virtio-net"#) }
  }

  @Test func positionsAreThePlacesOfOldRecords() {
    let spec = Self.spec(disks: [DiskSpec(path: "/a"), DiskSpec(path: "/b")], nics: 2)
    let addresses = DeviceAddresses(spec)
    #expect(addresses.isPlain && addresses.disks.map(\.number) == [0, 1] && addresses.freePort == 0)
    #expect(Self.devices(spec, nil) == Self.devices(spec, addresses))
  }

  @Test func whatStaysKeepsItsAddress() {
    var spec = Self.spec(disks: [DiskSpec(path: "/a"), DiskSpec(path: "/b"), DiskSpec(path: "/c")], nics: 3)
    var addresses = DeviceAddresses(spec)
    let before = Self.devices(spec, addresses)
    spec.disks.remove(at: 1)
    addresses.disks.remove(at: 1)
    spec.nics.remove(at: 0)
    addresses.nics.remove(at: 0)
    #expect(!addresses.isPlain)
    let after = Self.devices(spec, addresses)
    #expect(after.count == 4 && after.allSatisfy(before.contains), "\(after)")
    // The next one takes what is free, and moves nobody.
    #expect(DeviceAddresses.free(addresses.disks) == 1 && DeviceAddresses.free(addresses.nics) == 0)
    spec.disks.append(DiskSpec(name: "data", path: "/d"))
    let more = Self.devices(spec, addresses)
    #expect(after.allSatisfy(more.contains))
    let added = #"""
      {"addr":"0xe","drive":"disk1","driver":"virtio-blk-pci","id":"blk1","rerror":"stop","serial":"disk1","werror":"stop"}
      """#
    #expect(more.contains(added))
  }

  @Test func whatWasPluggedInStaysInItsPort() {
    var spec = Self.spec(disks: [DiskSpec(path: "/a")], nics: 1)
    var addresses = DeviceAddresses(spec)
    spec.disks.append(DiskSpec(name: "a-name-of-more-than-20-bytes", path: "/d"))
    addresses.disks.append(.init(number: 1, port: 0))
    spec.nics.append(NICSpec())
    addresses.nics.append(.init(number: 1, port: 7))
    #expect(addresses.freePort == 1)
    let devices = Self.devices(spec, addresses)
    let disk = #"""
      {"bus":"rp0","drive":"disk1","driver":"virtio-blk-pci","id":"blk1","rerror":"stop","serial":"a-name-of-mo-emooirn","werror":"stop"}
      """#
    let card = #"""
      {"bus":"rp7","driver":"virtio-net-pci","id":"nic1","mac":"02:00:00:00:00:01","netdev":"n1","romfile":""}
      """#
    #expect(devices.contains(disk) && devices.contains(card), "\(devices)")
  }

  @Test func noTwoSerialNumbersAreEqual() {
    let spec = Self.spec(disks: [DiskSpec(name: "root", path: "/a"), DiskSpec(name: "disk0", path: "/b")])
    var addresses = DeviceAddresses(spec)
    addresses.disks[1].port = 0
    let devices = Self.devices(spec, addresses)
    #expect(devices[0].contains(#""serial":"disk0","#) && devices[1].contains(#""serial":"disk1","#))
  }

  @Test func portsEnd() {
    let disks = (0..<8).map { DiskSpec(name: "d\($0)", path: "/\($0)") }
    var addresses = DeviceAddresses(Self.spec(disks: disks))
    for index in disks.indices { addresses.disks[index].port = index }
    #expect(addresses.freePort == nil)
    addresses.disks.remove(at: 3)
    #expect(addresses.freePort == 3)
  }

  @Test func drivesAndScreen() {
    var spec = VMSpec(
      name: "web", memory: 1 << 30, boot: .firmware(.bios), disks: [DiskSpec(path: "/a")],
      cdroms: [CDROMSpec(path: "/iso"), CDROMSpec()], display: .vnc)
    let plan = PlanTests.plan(spec)
    let text = PlanTests.lines(plan)
    let wanted = #"""
      -device {"addr":"0x1d","driver":"virtio-scsi-pci","id":"scsi0"}
      -add-fd fd=8,set=8
      -blockdev {"driver":"qcow2","node-name":"disk0","read-only":false,"discard":"unmap","backing":null,"file":{"driver":"file","filename":"/dev/fdset/8","read-only":false,"auto-read-only":false,"discard":"unmap"}}
      -device {"addr":"0xd","bootindex":1,"drive":"disk0","driver":"virtio-blk-pci","id":"blk0","rerror":"stop","serial":"disk0","werror":"stop"}
      -add-fd fd=9,set=9
      -blockdev {"driver":"raw","node-name":"medium0","read-only":true,"file":{"driver":"file","filename":"/dev/fdset/9","read-only":true,"auto-read-only":false}}
      -device {"bootindex":2,"bus":"scsi0.0","drive":"medium0","driver":"scsi-cd","id":"cd0","rerror":"stop","scsi-id":0,"werror":"stop"}
      -device {"bootindex":3,"bus":"scsi0.0","driver":"scsi-cd","id":"cd1","rerror":"stop","scsi-id":1,"werror":"stop"}
      -device {"addr":"0x1","driver":"VGA","id":"vga0"}
      -vnc none,share=ignore
      """#
    #expect(text.contains(wanted), "\(text)")
    #expect(plan.target(of: .medium(0)) == 9 && plan.target(of: .medium(1)) == nil)
    spec.cdroms = []
    spec.display = .none
    let bare = PlanTests.lines(PlanTests.plan(spec))
    #expect(!bare.contains("scsi") && !bare.contains("vnc") && !bare.contains("VGA"))
  }
}
