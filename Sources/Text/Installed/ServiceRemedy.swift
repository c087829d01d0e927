import Linux

/// How somebody starts a daemon of ours on this host, and where its log is. The one place that knows it: whoever tells
/// a reader to start something asks here.
package struct ServiceRemedy: Hashable, Sendable {
  /// The daemons, by the names of their units.
  package enum Program: String, CaseIterable, Sendable { case netd, netdns, vmsupervisor }

  package let program: Program
  /// Whether this host runs systemd and has its unit.
  package let isUnit: Bool

  package init(_ program: Program, isUnit: Bool) {
    self.program = program
    self.isUnit = isUnit
  }

  /// Looks at this host.
  package init(_ program: Program) {
    // What sd_booted(3) looks for, and the folders of systemd.unit(5).
    let hasManager = Files.exists("/run/systemd/system")
    let folders = ["/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"].map { $0 + "/systemd/system/" }
    self.init(program, isUnit: hasManager && folders.contains { Files.exists("\($0)\(program).service") })
  }

  /// A sentence without its end.
  package var start: String { isUnit ? "start it: systemctl start \(program)" : "start it \(byHand)" }

  /// The same for one that runs.
  package var restart: String {
    isUnit ? "restart it: systemctl restart \(program)" : "end it and start it again \(byHand)"
  }

  /// Where its log is.
  package var log: String {
    isUnit
      ? "see its log: journalctl -u \(program) -n 50" : "see its log, on the standard error that it was started with"
  }

  /// What makes its socket again. Units that need the socket are restarted with it; guests go on.
  package var socket: String {
    isUnit && program == .netd ? "make it again: systemctl restart netd.socket" : restart
  }

  private var byHand: String {
    switch program {
    case .netd, .netdns: "as root: \(path) --config /etc/procurator/\(program).conf"
    case .vmsupervisor: "as the user procurator: vmsupervisor daemon"
    }
  }

  /// Where both ways of installing put it.
  private var path: String { "/usr/libexec/procurator/\(program)" }
}

extension ServiceRemedy.Program: CustomStringConvertible {
  package var description: String { rawValue }
}
