package import Failure
import Glibc
package import Linux

/// The part of the hierarchy that is ours to divide: `supervisor` for ourselves, `vm-ID` for each VM.
///
/// The groups of the VMs lie right below the delegated one, none between: a service manager that starts us again takes the
/// controllers back from below for that moment, which a group in between would refuse, and the start with it.
package struct CgroupTree: Hashable, Sendable {
  /// The delegated group.
  package let root: Cgroup
  /// What the groups of VMs can limit.
  package let controllers: Set<Cgroup.Controller>
  /// Why they cannot limit the rest.
  package let missing: [Cgroup.Controller: Failure]
  /// Why we ourselves are without limits, if we are though the controllers are there.
  let unbounded: Failure?

  private static let ownName = "supervisor"
  private static let prefix = "vm-"
  private static let operation = "use control groups"
  private static let remedy = "set Delegate=yes in the unit of vmsupervisor"

  /// Our group in the hierarchy, taken into possession.
  package static func take() throws(Failure) -> CgroupTree {
    try take(own: Cgroup.own(), hierarchy: Cgroup.hierarchy(), pid: getpid())
  }

  /// The same for any place and process.
  /// - Parameters:
  ///   - own: where the process is; nil if there is no such hierarchy.
  ///   - hierarchy: its root, which is never anybody's own.
  /// - Throws: why there is nothing to divide.
  package static func take(own: Cgroup?, hierarchy: Cgroup?, pid: Int32) throws(Failure) -> CgroupTree {
    guard let own, let hierarchy else {
      throw Failure(
        .unsupported, part: .limit, operation: operation,
        cause: "no hierarchy of version 2 is mounted that shows the supervisor's own group",
        remedy: "boot with systemd.unified_cgroup_hierarchy=1, or mount cgroup2")
    }
    // A start before this one, or systemd's DelegateSubgroup=, has put us there already.
    let root = own.name == ownName && own.parent.isDelegated ? own.parent : own
    guard root != hierarchy else {
      throw Failure(
        .denied, part: .limit, operation: operation, object: root.path,
        cause: "the supervisor runs in the root group, which is nobody's own",
        remedy: "run it as a unit with Delegate=yes")
    }
    guard root.isDelegated else {
      throw Failure(
        .denied, part: .limit, operation: operation, object: root.path,
        cause: "the group is not delegated to the supervisor's user",
        remedy: remedy
      )
    }
    let place = root.child(ownName)
    do throws(Errno) {
      try place.make()
      // A group with processes in it can give nothing to groups below (cgroup-v2.rst, "No Internal Process Constraint").
      try place.enter(pid)
    } catch {
      throw error.failure(operation, place.path, remedy: remedy).of(.limit)
    }
    return divide(root, hierarchy)
  }

  private static func divide(_ root: Cgroup, _ hierarchy: Cgroup) -> CgroupTree {
    var missing: [Cgroup.Controller: Failure] = [:]
    let (given, known) = (root.controllers, hierarchy.controllers)
    for controller in Cgroup.Controller.allCases {
      let name = controller.rawValue
      if given.contains(controller) {
        do throws(Errno) { try root.enable(controller) } catch {
          missing[controller] = error.failure(
            "enable controller \(name)", root.path,
            remedy: error.code == EBUSY ? "move other processes out of that group" : ""
          ).of(.limit)
        }
      } else {
        let isKnown = known.contains(controller)
        missing[controller] = Failure(
          .unsupported, part: .limit, operation: "enable controller \(name)", object: root.path,
          cause: "the controller \(name) is not delegated"
            + (isKnown ? "" : ": the hierarchy of version 2 does not have it"),
          remedy: isKnown ? remedy : "boot with systemd.unified_cgroup_hierarchy=1 or cgroup_no_v1=\(name)")
      }
    }
    let enabled = root.enabled
    var unbounded: Failure?
    do throws(Failure) { try OwnLimits.hold(root.child(ownName), enabled) } catch { unbounded = error }
    return CgroupTree(root: root, controllers: enabled, missing: missing, unbounded: unbounded)
  }

  /// The group of a VM.
  package func group(_ id: String) -> Cgroup { root.child(Self.prefix + id) }

  /// Ids of the VMs that there are groups for.
  package var ids: [String] {
    root.children.filter { $0.hasPrefix(Self.prefix) }.map { String($0.dropFirst(Self.prefix.count)) }
  }

  /// Removes empty groups of VMs that nobody knows. What still has processes stays, and `audit` reports it.
  package func clear(except known: Set<String>) {
    for id in ids where !known.contains(id) { try? group(id).remove() }
  }
}
