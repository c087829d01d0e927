import Failure
import Glibc
package import Linux
package import Logging
import Policies
import Seccomp

/// What this host has to confine hypervisors with; looked up once.
package struct HostConfinement: Sendable {
  package var host: ConfinementPlan.Host
  /// `policies/seccomp/qemu.list`, compiled; empty if that failed.
  package var gate: SystemCallGate
  var users: SubordinateUsers

  package static func gather(log: Logger) -> HostConfinement {
    var gate = SystemCallGate([])
    do throws(Failure) { gate = try compile() } catch { log.error("\(error)") }
    let users = SubordinateUsers.gather()
    // 4 bytes, `Y` and a newline, where AppArmor is built in and on.
    let appArmor = try? Files.readText("/sys/module/apparmor/parameters/enabled")
    return HostConfinement(
      host: .init(hasAppArmor: appArmor?.first == "Y", hasUsers: users.exist), gate: gate, users: users)
  }

  /// The list of a hypervisor, with blanks for what vmlaunch alone knows.
  static func compile() throws(Failure) -> SystemCallGate {
    try SystemCallFilter.compile(
      RuleList.parse(
        Policies.hypervisorSystemCalls, name: "qemu.list",
        process: Int32(bitPattern: SystemCallGate.Blank.process), program: SystemCallGate.Blank.program))
  }
}
