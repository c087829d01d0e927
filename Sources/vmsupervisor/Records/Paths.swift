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
  func disk(_ fileName: String) -> String { state + "/" + fileName }

  var lock: String { runtime + "/lock" }
  var incarnation: String { runtime + "/incarnation.json" }
  var qmp: String { runtime + "/qmp" }
  var qmpSpare: String { runtime + "/qmp2" }
  var console: String { runtime + "/console" }
  var agent: String { runtime + "/agent" }
}
