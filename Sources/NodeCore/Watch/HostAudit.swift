import Failure
import Linux

/// What lies on this host in the supervisor's own places, compared with what its records explain.
package struct HostAudit: Sendable {
  package var processes = 0
  package var records = 0
  /// One sentence for each thing that nothing explains.
  package var leftover: [String] = []

  package static func look(_ fleet: Fleet) async -> HostAudit {
    var audit = HostAudit()
    let paths = fleet.context.paths
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
    for id in fleet.context.store.tombstones() {
      audit.leftover.append(
        fleet.context.store.waitsForPools(id)
          ? "images of the deleted VM \(id) in pools are not removed yet"
          : "netd has not been told yet that the VM \(id) is deleted")
    }
    for id in ((try? Files.names(in: paths.vms)) ?? []).sorted()
    where !known.contains(id) && !id.hasPrefix(Paths.tombstonePrefix) {
      audit.leftover.append("folder \(paths.vms)/\(id) belongs to no VM")
    }
    for id in ((try? Files.names(in: paths.running)) ?? []).sorted() where !running.contains(id) {
      audit.leftover.append("folder \(paths.vm(id).runtime) belongs to no running VM")
    }
    if let tree = fleet.context.limits.tree {
      for id in tree.ids where !running.contains(id) {
        audit.leftover.append("group \(tree.group(id).path) belongs to no running VM")
      }
    }
    for id in known.subtracting(running).sorted() where LockFile.isHeld(paths.vm(id).lock) {
      audit.leftover.append("a process that the supervisor does not know of holds \(paths.vm(id).lock)")
    }
    return audit
  }
}
