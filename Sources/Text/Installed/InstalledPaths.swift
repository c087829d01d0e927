/// Where the packages and `make install` put what several programs speak of.
package enum InstalledPaths {
  /// Where the supervisor serves operators.
  package static let socket = "/run/procurator/vmsupervisor.sock"
  /// Where it serves those who may only look.
  package static let readSocket = "/run/procurator/read/vmsupervisor.sock"
  /// Configuration of the supervisor.
  package static let supervisorConfiguration = "/etc/procurator/vmsupervisor.conf"
}
