/// Where things of a VM lie. Everything durable is below the state folder, everything of one boot below the runtime folder.
struct Paths: Sendable {
  /// Outlives a reboot: records, disks, console logs.
  let state: String
  /// Does not: sockets, locks, incarnations.
  let runtime: String

  var vms: String { state + "/vms" }
  var running: String { runtime + "/vms" }
  /// Records that could not be read are moved here, whole.
  var broken: String { state + "/broken" }
  /// The event log of this host.
  var events: String { state + "/events" }

  /// What is left of a deleted VM until netd has been told: an empty folder.
  func tombstone(_ id: String) -> String { vms + "/" + Self.tombstonePrefix + id }
  static let tombstonePrefix = ".deleted-"

  func vm(_ id: String) -> VMPaths { VMPaths(id: id, state: vms + "/" + id, runtime: running + "/" + id) }
}

/// The files of one VM.
struct VMPaths: Sendable {
  let id: String
  /// Folder that outlives a reboot.
  let state: String
  /// Folder that does not.
  let runtime: String

  var record: String { state + "/vm.json" }
  var consoleLog: String { state + "/console.log" }
  var processLog: String { state + "/hypervisor.log" }
  var firmwareVariables: String { state + "/firmware.fd" }
  /// Held by the hypervisor. It lies here so that nothing but the deletion of the VM ever removes it: a lock on a file
  /// that was made anew would exclude nobody.
  var lock: String { state + "/lock" }
  func disk(_ fileName: String) -> String { state + "/" + fileName }

  var incarnation: String { runtime + "/incarnation.json" }
  var qmp: String { runtime + "/qmp" }
  var qmpSpare: String { runtime + "/qmp2" }
  var console: String { runtime + "/console" }
  var agent: String { runtime + "/agent" }
  /// What cloud-init in the guest reads.
  var seed: String { runtime + "/seed.iso" }
  /// Where VNC clients connect.
  var vnc: String { runtime + "/vnc" }
}
