import Failure
import FoundationEssentials
import Hypervisor
import NodeAPI

extension Limiquantix_Node_V1_CreateVMOnNodeRequest {
  /// The VM that is asked for: our document, or the contract's message, under the same rules.
  func vmSpec() throws(Failure) -> VMSpec {
    guard document.isEmpty else {
      guard !hasSpec else {
        throw Failure(.invalid, step: "create", cause: "both document and spec are set", cure: "send one of them")
      }
      let parsed = try VMSpec.parse(document, origin: documentOrigin)
      return baseDirectory.isEmpty ? parsed : parsed.resolvingPaths(against: baseDirectory)
    }
    guard hasSpec else {
      throw Failure(.invalid, step: "create", object: name, cause: "spec is missing", cure: "send spec or document")
    }
    var wanted = try spec.vmSpec(name: name)
    wanted.labels = labels
    return try wanted.checked()
  }
}

extension Hypervisor.VMSpec {
  /// The same after the document's own rules, so that there is one set of them.
  func checked() throws(Failure) -> Hypervisor.VMSpec {
    let text: String
    do { text = String(decoding: try JSONEncoder().encode(self), as: UTF8.self) } catch {
      throw Failure(.internal, step: "write spec", object: name, cause: "\(error)")
    }
    return try .parse(text, origin: "spec")
  }
}

extension Limiquantix_Node_V1_VMSpec {
  /// What we have of it. What we do not have is refused; `guest_os`, `bootable` and ports of consoles that are off are hints.
  fileprivate func vmSpec(name: String) throws(Failure) -> VMSpec {
    func refuse(_ field: String, _ condition: Bool) throws(Failure) {
      guard condition else { return }
      throw Failure(
        .unsupported, step: "create", object: "\(name): \(field)", cause: "this release does not have it",
        cure: "leave it out")
    }
    func product(_ field: String, _ a: UInt64, _ b: UInt64) throws(Failure) -> UInt64 {
      let (result, overflow) = a.multipliedReportingOverflow(by: b)
      guard !overflow else {
        throw Failure(.invalid, step: "create", object: "\(name): \(field)", cause: "the number is too large")
      }
      return result
    }
    try refuse("memory_hugepages", memoryHugepages)
    try refuse("boot_order", bootOrder.contains { $0 != .disk })
    try refuse("cdroms", !cdroms.isEmpty)
    try refuse("cloud_init", hasCloudInit)
    try refuse("console.vnc_enabled", console.vncEnabled)
    try refuse("console.spice_enabled", console.spiceEnabled)
    var disks: [Hypervisor.DiskSpec] = []
    for disk in self.disks {
      try refuse("disks.backing_file", !disk.backingFile.isEmpty)
      try refuse("disks.bus", disk.bus != .virtio)
      try refuse("disks.pool_id", !disk.poolID.isEmpty)
      try refuse("disks.iops_limit", disk.iopsLimit != 0)
      try refuse("disks.throughput_mbps", disk.throughputMbps != 0)
      disks.append(
        Hypervisor.DiskSpec(
          name: disk.id.isEmpty ? nil : disk.id, path: disk.path.isEmpty ? nil : disk.path,
          format: disk.format == .raw ? .raw : .qcow2, readonly: disk.readonly,
          size: disk.sizeGib == 0 ? nil : try product("disks.size_gib", disk.sizeGib, 1 << 30)))
    }
    var nics: [NICSpec] = []
    for nic in self.nics {
      try refuse("nics.bridge", !nic.bridge.isEmpty)
      try refuse("nics.mac_address", !nic.macAddress.isEmpty)
      try refuse("nics.model", nic.model != .virtio)
      nics.append(try nic.nicSpec("\(name): nics[\(nics.count)]"))
    }
    var processors: UInt64 = 1
    for factor in [cpuCores, cpuSockets, cpuThreadsPerCore] {
      processors = try product("cpu_cores", processors, UInt64(max(1, factor)))
    }
    return Hypervisor.VMSpec(
      name: name, vcpus: Int(clamping: processors), memory: try product("memory_mib", memoryMib, 1 << 20),
      boot: .firmware(firmware == .uefi ? .uefi : .bios),
      disks: disks, nics: nics)
  }
}
