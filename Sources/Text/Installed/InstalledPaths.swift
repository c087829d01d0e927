/// Where the packages and `make install` put what several programs speak of.
package enum InstalledPaths {
  /// Configuration of the supervisor.
  package static let supervisorConfiguration = "/etc/procurator/vmsupervisor.conf"
}
