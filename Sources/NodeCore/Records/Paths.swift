package import Storage

/// Where things of a VM lie. Everything durable is below the state folder, everything of one boot below the runtime folder.
package struct Paths: Sendable {
  /// Outlives a reboot: records, disks, console logs.
  package let state: String
  /// Does not: sockets, locks, incarnations.
  package let runtime: String

  package var vms: String { state + "/vms" }
  package var running: String { runtime + "/vms" }
  /// Records that could not be read are moved here, whole.
  package var quarantined: String { state + "/broken" }
  /// Records of pools.
  package var poolRecords: String { state + "/pool-records" }
  /// Records of images that are being fetched, or were.
  package var downloadRecords: String { state + "/download-records" }
  /// Where pools may lie if the configuration names no folders.
  package var pools: String { state + "/pools" }
  /// Where VMs are saved if the configuration names no folders.
  package var saves: String { state + "/saves" }
  /// What VMs are made of that are being restored, and are none yet: a folder each.
  var restoring: String { state + "/restoring" }
  /// The event log of this host.
  package var events: String { state + "/events" }

  /// What is left of a deleted VM until netd has been told: an empty folder.
  func tombstone(_ id: String) -> String { vms + "/" + Self.tombstonePrefix + id }
  static let tombstonePrefix = ".deleted-"

  package func vm(_ id: String) -> VMPaths { VMPaths(id: id, state: vms + "/" + id, runtime: running + "/" + id) }
}

/// The files of one VM.
package struct VMPaths: Sendable {
  package let id: String
  /// Folder that outlives a reboot.
  package let state: String
  /// Folder that does not.
  package let runtime: String

  package var record: String { state + "/vm.json" }
  package var consoleLog: String { state + "/console.log" }
  package var processLog: String { state + "/hypervisor.log" }
  package var firmwareVariables: String { state + "/firmware.fd" }
  /// The memory that a restored VM goes on from.
  package var memory: String { state + "/memory" }
  /// Held by the hypervisor. It lies here so that nothing but the deletion of the VM ever removes it: a lock on a file
  /// that was made again would exclude nobody.
  package var lock: String { state + "/lock" }
  /// The images that it has here.
  package var images: ImageFolder { ImageFolder(id: id, path: state) }
  package func disk(_ fileName: String) -> String { images.disk(fileName) }

  package var incarnation: String { runtime + "/incarnation.json" }
  package var monitor: String { runtime + "/qmp" }
  package var monitorSpare: String { runtime + "/qmp2" }
  package var console: String { runtime + "/console" }
  package var agent: String { runtime + "/agent" }
  /// What cloud-init in the guest reads.
  package var seed: String { runtime + "/seed.iso" }
  /// Where VNC clients connect.
  package var vnc: String { runtime + "/vnc" }
}
