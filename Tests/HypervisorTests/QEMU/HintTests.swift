import Failure
import Testing

@testable import Hypervisor
@testable import HypervisorQEMU
@testable import VMSpec

/// What the command line has for an order of booting, a family of guests, and huge pages.
struct HintTests {
  private static func plan(
    _ accelerator: Accelerator = .tcg, hasHyperV: Bool = true, _ change: (inout VMSpec) -> Void = { _ in }
  ) -> ProcessPlan {
    var spec = VMSpec(
      name: "a", memory: 64 << 20, boot: .firmware(.bios), disks: [DiskSpec(path: "/a"), DiskSpec(path: "/b")],
      nics: [NICSpec()], cdroms: [CDROMSpec()])
    change(&spec)
    return QEMUCommand.plan(
      spec: spec, identity: MachineIdentity(name: "a", uuid: "u"),
      nics: [NICPlan(mac: "02:00:00:00:00:01", hasVhost: false)],
      accelerator: accelerator, features: QEMUFeatures(version: QEMUVersion(7, 2), hasKVMDevice: false).capabilities,
      executable: "/q", hasHyperV: hasHyperV)
  }

  private static func line(
    _ accelerator: Accelerator = .tcg, hasHyperV: Bool = true, _ change: (inout VMSpec) -> Void
  ) -> String {
    plan(accelerator, hasHyperV: hasHyperV, change).arguments.joined(separator: " ")
  }

  @Test func devicesHaveTheirTurns() {
    let usual = Self.plan().arguments
    func turn(_ id: String, _ arguments: [String]) -> String? {
      arguments.first { $0.contains("\"id\":\"\(id)\"") && $0.contains("bootindex") }
        .flatMap { $0.split(separator: "\"bootindex\":").last?.prefix { $0.isNumber } }.map(String.init)
    }
    #expect(["blk0", "blk1", "cd0", "nic0"].map { turn($0, usual) } == ["1", "2", "3", nil])
    #expect(!usual.contains("-boot") && usual.contains { $0.contains("\"romfile\":\"\"") })
    let asked = Self.plan {
      $0.bootOrder = [.network, .cdrom]
      $0.disks[1].bootable = true
    }.arguments
    #expect(["blk0", "blk1", "cd0", "nic0"].map { turn($0, asked) } == [nil, nil, "2", "1"])
    #expect(asked.contains("strict=on") && !asked.contains { $0.contains("romfile") })
  }

  @Test func windowsHasItsClockAndHyperV() {
    let windows = Self.line(.kvm(.path)) { ($0.guestOs, $0.display) = (.windowsServer, .vnc) }
    for part in ["-rtc base=localtime", "host,hv-relaxed,", "hpet=off", "usb-tablet", "qemu-xhci"] {
      #expect(windows.contains(part), "\(part)")
    }
    #expect(Self.plan { $0.guestOs = .windowsDesktop }.readable == ["/etc/localtime"])
    #expect(!Self.line { $0.guestOs = .windowsServer }.contains("hv-"), "TCG has none of it")
    let lame = Self.line(.kvm(.path), hasHyperV: false) { $0.guestOs = .windowsServer }
    #expect(!lame.contains("hv-"), "nor has every KVM")
    #expect(Self.line { ($0.guestOs, $0.display) = (.windowsLegacy, .vnc) }.contains("piix3-usb-uhci"))
    let linux = Self.line(.kvm(.path)) { ($0.guestOs, $0.display) = (.debian, .vnc) }
    #expect(linux.contains("-rtc base=utc") && linux.contains("virtio-tablet-pci") && !linux.contains("hv-"))
    #expect(!Self.line { $0.display = .vnc }.contains("tablet"), "nothing changes for those that say nothing")
    #expect(Self.plan().readable.isEmpty)
  }

  @Test func hugePagesAreTakenAtTheStart() {
    let line = Self.line { $0.memoryHugepages = true }
    #expect(line.contains("q35,usb=off,vmport=off,memory-backend=ram"))
    #expect(line.contains("memory-backend-memfd,id=ram,size=64M,hugetlb=on,prealloc=on"))
  }

  @Test func theNetworkNeedsAnImage() throws {
    var spec = VMSpec(name: "a", memory: 64 << 20, boot: .firmware(.bios), bootOrder: [.network], nics: [NICSpec()])
    var has = Capabilities(version: "7.2", takesKVMDescriptor: false, buses: [], models: [.virtio])
    let refusal = #expect(throws: Failure.self) { try has.check(spec, program: "/q") }
    #expect(refusal?.code == .state && refusal?.remedy.contains("ipxe-qemu") == true)
    has.networkBoots = [.virtio]
    try has.check(spec, program: "/q")
    spec.nics[0].model = .e1000
    #expect(throws: Failure.self) { try has.check(spec, program: "/q") }
  }
}
