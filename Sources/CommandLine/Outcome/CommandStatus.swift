package import Failure

/// What the command line tells its caller. A script may rely on every number; none changes its meaning.
///
/// The small numbers are systemctl's (3, 4) and the usual ones (0, 1), 64 to 75 are `sysexits.h`'s, 124 is `timeout(1)`'s.
/// `exec` alone answers with the guest program's own status instead.
package enum CommandStatus: Int32, CaseIterable, Sendable {
  /// Everything that was asked for is so.
  case success = 0
  /// It was tried and failed, or was refused.
  case failed = 1
  /// Of several VMs some succeeded and some did not.
  case partial = 2
  /// The VM is there and does not run.
  case notRunning = 3
  /// No such VM, file, network or certificate.
  case notFound = 4
  /// The caller may not do that.
  case denied = 5
  /// It is so, but a guest did not obey: its power was cut, or its reset button pressed.
  case cut = 6
  /// The command line itself is wrong (EX_USAGE).
  case usage = 64
  /// A daemon that is needed does not answer (EX_UNAVAILABLE).
  case daemonAway = 69
  /// A limit is reached now; the same command can succeed later (EX_TEMPFAIL).
  case retry = 75
  /// The time given has passed.
  case timeout = 124
}

extension CommandStatus {
  /// The status of a failure.
  ///
  /// - Parameter needsRunningVM: the command works on running VMs only, so that "not in this state" means "not running".
  package init(_ code: Failure.Code, needsRunningVM: Bool = false) {
    switch code {
    case .notFound: self = .notFound
    case .denied: self = .denied
    case .exhausted: self = .retry
    case .unavailable: self = .daemonAway
    case .timeout: self = .timeout
    case .state: self = needsRunningVM ? .notRunning : .failed
    case .invalid, .exists, .protocol, .unsupported, .system, .internal: self = .failed
    }
  }

  /// The status of a command on several VMs: that of its only kind of end, or `partial` when some succeeded.
  package init(of each: [CommandStatus]) {
    let failures = each.filter { $0 != .success && $0 != .cut }
    if failures.isEmpty {
      self = each.contains(.cut) ? .cut : .success
    } else if failures.count < each.count {
      self = .partial
    } else {
      self = Set(failures).count == 1 ? failures[0] : .failed
    }
  }
}
