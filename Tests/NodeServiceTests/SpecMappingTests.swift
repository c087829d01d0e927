import Failure
import NodeAPI
import NodeCore
import Testing

@testable import NodeService
@testable import VMSpec

/// The contract's own message becomes a document of ours, under the same rules, or is refused.
@Suite struct SpecMappingTests {
  private func request(
    _ change: (inout Limiquantix_Node_V1_VMSpec) -> Void
  ) -> Limiquantix_Node_V1_CreateVMOnNodeRequest {
    .with {
      $0.name = "web"
      $0.labels = ["tier": "front"]
      $0.spec.cpuCores = 2
      $0.spec.memoryMib = 512
      $0.spec.disks = [.with { $0.sizeGib = 1 }]
      change(&$0.spec)
    }
  }

  @Test func whatWeHaveIsTaken() throws {
    let spec = try request { $0.nics = [.with { $0.network = "default" }] }.vmSpec()
    #expect(spec.vcpus == 2 && spec.memory == 512 << 20 && spec.labels == ["tier": "front"])
    #expect(spec.disks.first?.size == 1 << 30 && spec.nics.first?.network == "default")
  }

  @Test func busesAndModelsAreThoseOfTheContract() throws {
    let buses: [(Limiquantix_Node_V1_DiskBus, DiskSpec.Bus)] = [
      (.virtio, .virtio), (.scsi, .scsi), (.sata, .sata), (.nvme, .nvme),
    ]
    for (asked, bus) in buses {
      #expect(try request { $0.disks[0].bus = asked }.vmSpec().disks.first?.bus == bus)
    }
    let models: [(Limiquantix_Node_V1_NicModel, NICSpec.Model)] = [
      (.virtio, .virtio), (.e1000, .e1000), (.rtl8139, .rtl8139), (.e1000E, .e1000e),
    ]
    for (asked, model) in models {
      #expect(try request { $0.nics = [.with { $0.model = asked }] }.vmSpec().nics.first?.model == model)
    }
    #expect(buses.count == DiskSpec.Bus.allCases.count && models.count == NICSpec.Model.allCases.count)
    let unknown = #expect(throws: Failure.self) {
      try request { $0.nics = [.with { $0.model = .UNRECOGNIZED(3) }] }.vmSpec()
    }
    #expect(unknown?.code == .unsupported && unknown?.cause.contains("3") == true, "\(String(describing: unknown))")
  }

  @Test func mediaAndLimitsAreTaken() throws {
    let asked = request {
      $0.disks = [
        .with { ($0.sizeGib, $0.backingFile, $0.iopsLimit, $0.throughputMbps) = (2, "/images/base.qcow2", 500, 10) }
      ]
      $0.cdroms = [.with { $0.isoPath = "/images/a.iso" }]
      $0.console.vncEnabled = true
      $0.cloudInit.userData = "#cloud-config\n"
    }
    let spec = try asked.vmSpec()
    #expect(
      spec.disks == [DiskSpec(size: 2 << 30, backing: "/images/base.qcow2", iops: 500, throughput: 10_000_000)])
    #expect(spec.cdroms == [CDROMSpec(path: "/images/a.iso")] && spec.display == .vnc)
    #expect(spec.cloudInit == CloudInitSpec(userData: "#cloud-config\n"))
  }

  @Test func networkRulesAreTaken() throws {
    func nic(_ change: (inout Limiquantix_Node_V1_NicSpec) -> Void) throws -> NICSpec? {
      let asked = request { $0.nics = [.with { change(&$0) }] }
      let spec = try asked.vmSpec()
      return spec.nics.first
    }
    #expect(try nic { _ in } == NICSpec())
    // A list that is there and empty is no list that is absent.
    #expect(try nic { $0.allowedDomains = .init() }?.allowedDomains == [])
    let full = try nic {
      $0.allowedDomains.entries = ["*.Example.com"]
      $0.allowedAddresses.entries = ["10.0.0.0/8:80"]
      $0.forwards = [
        .with { $0.guestPort = 22 }, .with { ($0.guestPort, $0.hostPort, $0.protocol) = (53, 5353, "udp") },
      ]
      $0.bandwidthMbps = 8
    }
    #expect(full?.allowedDomains == ["example.com"] && full?.allowedAddresses?.map(\.text) == ["10.0.0.0/8:80/tcp"])
    #expect(full?.forwards == [ForwardSpec(guest: 22), ForwardSpec(guest: 53, host: 5353, protocol: .udp)])
    #expect(full?.bandwidth == BandwidthSpec(send: 1_000_000, receive: 1_000_000))
    #expect(try nic { $0.sendBytesPerSecond = 4096 }?.bandwidth == BandwidthSpec(send: 4096))
    let wrong: [(inout Limiquantix_Node_V1_NicSpec) -> Void] = [
      { $0.allowedDomains.entries = ["a b"] }, { $0.allowedAddresses.entries = ["x"] }, { $0.bandwidthMbps = .max },
      { $0.forwards = [.init()] }, { $0.forwards = [.with { ($0.guestPort, $0.protocol) = (1, "sctp") }] },
      { ($0.bandwidthMbps, $0.sendBytesPerSecond) = (1, 4096) },
    ]
    for change in wrong {
      let failure = #expect(throws: Failure.self) { try nic(change) }
      #expect(failure?.code == .invalid)
    }
  }

  @Test func hardwareAddressesAreTakenOrRefused() throws {
    func spec(_ mac: String...) throws -> VMSpec {
      let asked = request { $0.nics = mac.map { mac in .with { $0.macAddress = mac } } }
      return try asked.vmSpec()
    }
    #expect(try spec("", "52:54:00:AB:CD:EF").nics.map(\.mac) == [nil, "52:54:00:ab:cd:ef"])
    for wrong in [
      "01:00:5e:00:00:01", "00:00:00:00:00:00", "52:54:00:12:34", "52-54-00-12-34-56", "5254.0012.3456",
      "02:50:0a:64:00:02",
      "fe:50:0a:64:00:02", "+2:54:00:12:34:56",
    ] {
      let failure = #expect(throws: Failure.self) { try spec(wrong) }
      #expect(
        failure?.code == .invalid && failure?.object.contains("mac_address") == true, "\(String(describing: failure))")
    }
    let twice = #expect(throws: Failure.self) { try spec("52:54:00:ab:cd:ef", "52:54:00:AB:CD:EF") }
    #expect(twice?.cause.contains("nics[0]") == true, "\(String(describing: twice))")
  }

  @Test func whatIsNotSaidIsFilledInAndSaid() throws {
    let node = NodeNetworks(names: ["default", "lab"], bridges: ["br0": "default", "br0-1": "default", "br1": "lab"])
    func completed(
      _ networks: NodeNetworks, _ change: (inout Limiquantix_Node_V1_VMSpec) -> Void
    ) throws -> (Limiquantix_Node_V1_VMSpec, [String]) {
      var spec = request(change).spec
      let added = try spec.complete(networks, vm: "web")
      return (spec, added)
    }
    let (usual, added) = try completed(node) { _ in }
    #expect(
      usual.nics.map(\.network) == ["default"] && usual.cdroms.map(\.id) == ["cdrom-0"] && usual.cdroms[0].isoPath == ""
    )
    #expect(added == ["a network card on the network default", "the empty drive cdrom-0"])
    let (own, none) = try completed(node) {
      $0.nics = [.with { $0.network = "lab" }]
      $0.cdroms = [.with { $0.id = "x" }]
    }
    #expect(own.nics.count == 1 && own.cdroms.count == 1 && none.isEmpty)
    let (bare, nothing) = try completed(NodeNetworks(names: [])) { $0.withoutDefaults = true }
    #expect(bare.nics.isEmpty && bare.cdroms.isEmpty && nothing.isEmpty)
    let lost = #expect(throws: Failure.self) { _ = try completed(NodeNetworks(names: ["lab"])) { _ in } }
    #expect(
      lost?.code == .state && lost?.cause.contains("lab") == true && lost?.remedy.contains("without_defaults") == true)
    // A bridge counts before a network's name.
    for (bridge, network) in [("br0-1", "default"), ("br1", "lab")] {
      let (spec, _) = try completed(node) { $0.nics = [.with { ($0.bridge, $0.network) = (bridge, "default") }] }
      #expect(spec.nics[0].network == network && spec.nics[0].bridge.isEmpty)
    }
    let other = #expect(throws: Failure.self) { _ = try completed(node) { $0.nics = [.with { $0.bridge = "virbr0" }] } }
    #expect(
      other?.code == .state && other?.object == "web: nics[0].bridge"
        && other?.cause.contains("br1 (network lab)") == true)
  }

  @Test func poolsAreTaken() throws {
    func disk(_ change: (inout Limiquantix_Node_V1_DiskSpec) -> Void) throws -> DiskSpec? {
      try request { change(&$0.disks[0]) }.vmSpec().disks.first
    }
    for none in ["", "default"] { #expect(try disk { $0.poolID = none }?.pool == nil) }
    let made = try disk { $0.poolID = "fast" }
    #expect(made?.pool == "fast" && made?.path == nil)
    let volume = try disk {
      ($0.poolID, $0.path, $0.sizeGib) = ("fast", "web", 0)
      $0.backingFile = ""
    }
    #expect(volume?.pool == "fast" && volume?.path == "web")
    #expect(throws: Failure.self) { try disk { $0.path = "web" } }
  }

  @Test func hintsAreTaken() throws {
    let spec = try request {
      $0.memoryHugepages = true
      $0.bootOrder = [.cdrom, .network, .disk]
      $0.nics = [.init()]
      $0.disks[0].bootable = true
      $0.cdroms = [.with { ($0.isoPath, $0.bootable) = ("/a.iso", true) }]
      $0.console.vncEnabled = true
      $0.console.vncPort = 5901
      $0.guestOs = "windows_server"
    }.vmSpec()
    #expect(spec.memoryHugepages && spec.bootOrder == [.cdrom, .network, .disk] && spec.guestOs == .windowsServer)
    #expect(spec.disks[0].bootable && spec.cdroms[0].bootable && spec.vncPort == 5901)
    #expect(try request { $0.guestOs = "plan9" }.vmSpec().guestOs == .genericLinux)
    #expect(try request { $0.guestOs = "" }.vmSpec().guestOs == nil)
    let secret = #expect(throws: Failure.self) {
      try request {
        $0.console.vncEnabled = true
        $0.console.vncPassword = "secret"
      }.vmSpec()
    }
    #expect(secret?.code == .state && secret?.object.contains("console.vnc_password") == true)
    let port = #expect(throws: Failure.self) {
      try request {
        $0.console.vncEnabled = true
        $0.console.vncPort = 80
      }.vmSpec()
    }
    #expect(port?.code == .invalid && port?.object.contains("console.vnc_port") == true)
  }

  @Test func whatWeDoNotHaveIsRefused() {
    let changes: [(inout Limiquantix_Node_V1_VMSpec) -> Void] = [
      { $0.console.spiceEnabled = true }, { $0.bootOrder = [.network] }, { $0.bootOrder = [.UNRECOGNIZED(3)] },
      { $0.bootOrder = [.disk, .disk] }, { $0.disks[0].bus = .ide },
    ]
    for change in changes {
      #expect(throws: Failure.self) { try request(change).vmSpec() }
    }
  }

  @Test func absurdNumbersAreRefusedNotCut() {
    let changes: [(inout Limiquantix_Node_V1_VMSpec) -> Void] = [
      {
        $0.cpuCores = .max
        $0.cpuSockets = .max
        $0.cpuThreadsPerCore = .max
      },
      { $0.memoryMib = 1 << 44 | 512 }, { $0.memoryMib = .max }, { $0.disks[0].sizeGib = 1 << 34 | 1 },
      { $0.disks[0].sizeGib = .max },
    ]
    for change in changes {
      let failure = #expect(throws: Failure.self) { try request(change).vmSpec() }
      #expect(failure?.code == .invalid)
    }
  }
}
