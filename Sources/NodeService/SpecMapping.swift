import Failure
import FoundationEssentials
import NodeAPI
import Storage
import VMSpec

extension Limiquantix_Node_V1_CreateVMOnNodeRequest {
  /// The VM that is asked for: our document, or the contract's message, under the same rules.
  func vmSpec() throws(Failure) -> VMSpec {
    guard document.isEmpty else {
      guard !hasSpec else {
        throw Failure(
          .invalid, operation: "create", cause: "both document and spec are set", remedy: "send one of them")
      }
      return try parsed()
    }
    guard hasSpec else {
      // Whoever says where a document comes from has sent one.
      if !documentOrigin.isEmpty { return try parsed() }
      throw Failure(
        .invalid, operation: "create", object: name, cause: "spec is missing, and the document is empty",
        remedy: "send spec, or a document with at least name, memory and boot")
    }
    var wanted = try spec.vmSpec(name: name)
    wanted.labels = labels
    return try wanted.checked("create", fields: Self.fields, isNew: true)
  }

  private func parsed() throws(Failure) -> VMSpec {
    let voice = SpecVoice.document(origin: documentOrigin)
    guard baseDirectory.isEmpty || VMSpec.isAbsolute(baseDirectory), baseDirectory.utf8.count < 4096 else {
      throw Failure(
        .invalid, operation: "create", object: "base_directory",
        cause: "it is not an absolute path of at most 4095 bytes",
        remedy: "send the folder that the document is in")
    }
    let spec = try VMSpec.parse(document, origin: documentOrigin)
    return try (baseDirectory.isEmpty ? spec : spec.resolvingPaths(against: baseDirectory)).demandingAbsolutePaths(
      voice)
  }

  /// What the contract calls the keys of the document.
  private static let fields = [
    "vcpus": "cpu_cores", "memory": "memory_mib", "memoryHugepages": "memory_hugepages",
    "bootOrder": "boot_order", "guestOs": "guest_os", "vncPort": "console.vnc_port", "boot": "firmware",
    "disks.name": "disks.id",
    "disks.size": "disks.size_gib", "disks.backing": "disks.backing_file", "disks.iops": "disks.iops_limit",
    "disks.throughput": "disks.throughput_mbps", "nics.allowedDomains": "nics.allowed_domains",
    "nics.allowedAddresses": "nics.allowed_addresses", "nics.mac": "nics.mac_address", "cdroms.name": "cdroms.id",
    "cdroms.path": "cdroms.iso_path",
    "cloudInit.userData": "cloud_init.user_data", "cloudInit.metaData": "cloud_init.meta_data",
    "cloudInit.networkConfig": "cloud_init.network_config", "cloudInit.vendorData": "cloud_init.vendor_data",
  ]
}

extension Limiquantix_Node_V1_VMSpec {
  /// What we have of it, completed (`complete`). What we do not have is refused; ports of consoles that are off are not looked at.
  fileprivate func vmSpec(name: String) throws(Failure) -> VMSpec {
    func product(_ field: String, _ a: UInt64, _ b: UInt64) throws(Failure) -> UInt64 {
      let (result, overflow) = a.multipliedReportingOverflow(by: b)
      guard !overflow else {
        throw Failure(.invalid, operation: "create", object: "\(name): \(field)", cause: "the number is too large")
      }
      return result
    }
    guard !console.vncEnabled || console.vncPassword.isEmpty else {
      throw Failure(
        .state, operation: "create", object: "\(name): console.vnc_password",
        cause: "a password that is kept is no protection; this node makes a new one for each viewer",
        remedy: "leave it out, and ask GetConsole for one")
    }
    guard !console.spiceEnabled else {
      throw Failure(
        .unsupported, operation: "create", object: "\(name): console.spice_enabled",
        cause: "screens are shown by VNC alone", remedy: "leave it out, and say console.vnc_enabled for a screen")
    }
    var disks: [DiskSpec] = []
    for disk in self.disks {
      disks.append(
        DiskSpec(
          name: disk.id.isEmpty ? nil : disk.id, path: disk.path.isEmpty ? nil : disk.path,
          pool: StorageName.noPool.contains(disk.poolID) ? nil : disk.poolID,
          format: disk.format == .raw ? .raw : .qcow2,
          bus: try .init(disk.bus, "\(name): disks[\(disks.count)].bus", operation: "create"), readonly: disk.readonly,
          bootable: disk.bootable,
          size: disk.sizeGib == 0 ? nil : try product("disks.size_gib", disk.sizeGib, 1 << 30),
          backing: disk.backingFile.isEmpty ? nil : disk.backingFile,
          iops: disk.iopsLimit == 0 ? nil : Int(clamping: disk.iopsLimit),
          throughput: disk.throughputMbps == 0
            ? nil : try product("disks.throughput_mbps", disk.throughputMbps, 1_000_000)))
    }
    var nics: [NICSpec] = []
    for nic in self.nics {
      let place = "\(name): nics[\(nics.count)]"
      nics.append(try nic.nicSpec("create") { "\(place).\($0)" })
    }
    var processors: UInt64 = 1
    for factor in [cpuCores, cpuSockets, cpuThreadsPerCore] {
      processors = try product("cpu_cores", processors, UInt64(max(1, factor)))
    }
    return VMSpec(
      name: name, vcpus: Int(clamping: processors), memory: try product("memory_mib", memoryMib, 1 << 20),
      memoryHugepages: memoryHugepages, boot: .firmware(firmware == .uefi ? .uefi : .bios),
      bootOrder: try bootOrder.map { (kind) throws(Failure) in try BootDevice(kind, name) },
      guestOs: GuestOS(contract: guestOs),
      disks: disks, nics: nics,
      cdroms: cdroms.map {
        CDROMSpec(name: $0.id.isEmpty ? nil : $0.id, path: $0.isoPath.isEmpty ? nil : $0.isoPath, bootable: $0.bootable)
      },
      display: console.vncEnabled ? .vnc : .none,
      vncPort: console.vncEnabled && console.vncPort != 0 ? Int(console.vncPort) : nil,
      cloudInit: hasCloudInit ? cloudInit.seed : nil)
  }
}

extension BootDevice {
  /// That of the contract.
  fileprivate init(_ kind: Limiquantix_Node_V1_BootDevice, _ name: String) throws(Failure) {
    switch kind {
    case .disk: self = .disk
    case .cdrom: self = .cdrom
    case .network: self = .network
    case .UNRECOGNIZED(let number):
      throw Failure(
        .invalid, operation: "create", object: "\(name): boot_order", cause: "\(number) is none of its values",
        remedy: "send 0 (disk), 1 (cdrom) or 2 (network)")
    }
  }
}

extension Limiquantix_Node_V1_CloudInitConfig {
  fileprivate var seed: CloudInitSpec {
    func given(_ text: String) -> String? { text.isEmpty ? nil : text }
    return CloudInitSpec(
      userData: given(userData), metaData: given(metaData), networkConfig: given(networkConfig),
      vendorData: given(vendorData))
  }
}
