import Failure
import Linux

/// What lies on this host in the supervisor's own places, compared with what its records explain.
struct HostAudit: Sendable {
  var processes = 0
  var records = 0
  /// One sentence for each thing that nothing explains.
  var leftover: [String] = []

  static func look(_ fleet: Fleet) async -> HostAudit {
    var audit = HostAudit()
    let paths = fleet.surroundings.paths
    var known: Set<String> = []
    var running: Set<String> = []
    for vm in await fleet.all() {
      known.insert(vm.id)
      audit.records += 1
      if await vm.hasProcess {
        running.insert(vm.id)
        audit.processes += 1
      }
    }
    for id in ((try? Files.names(in: paths.vms)) ?? []).sorted() where !known.contains(id) {
      audit.leftover.append("folder \(paths.vms)/\(id) belongs to no VM")
    }
    for id in ((try? Files.names(in: paths.running)) ?? []).sorted() where !running.contains(id) {
      let vm = paths.vm(id)
      audit.leftover.append(
        LockFile.isHeld(vm.lock)
          ? "a hypervisor that no VM knows of holds \(vm.lock)" : "folder \(vm.runtime) belongs to no running VM")
    }
    return audit
  }
}
