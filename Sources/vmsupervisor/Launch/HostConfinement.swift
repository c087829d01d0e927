import Failure
import Glibc
import Linux
import Logging
import Policies
import Seccomp

/// What this host has to confine hypervisors with; looked up once.
struct HostConfinement: Sendable {
  var host: ConfinementPlan.Host
  /// `policies/seccomp/qemu.list`, compiled; empty if that failed.
  var gate: SystemCallGate
  var users: SubordinateUsers

  static func gather(log: Logger) -> HostConfinement {
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
