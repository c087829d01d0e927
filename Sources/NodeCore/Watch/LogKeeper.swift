import Failure
package import Logging

/// Keeps the logs of all guests under their caps: at once after a start of ours, then on a clock, and when a hub has seen
/// much go by.
package struct LogKeeper: Sendable {
  package let fleet: Fleet
  package let log: Logger

  package init(fleet: Fleet, log: Logger) {
    self.fleet = fleet
    self.log = log
  }

  /// A log that no hub looks after grows unseen for as long.
  private static let interval: Duration = .seconds(5)
  /// Most bytes of a hypervisor's own log.
  static let processCap: UInt64 = 1 << 20

  /// Looks after them until it is cancelled.
  package func run() async {
    // Said once: what keeps a log from being cut, a full disk for one, mostly lasts.
    var known: [String: Failure] = [:]
    while !Task.isCancelled {
      let logs = await fleet.all().flatMap { vm in
        [vm.consoleHub.log, GuestLog(vm.paths.processLog, cap: Self.processCap, isNumbered: false)]
      }
      let troubles = await withCheckedContinuation { continuation in
        GuestLog.cuts.async { continuation.resume(returning: Self.troubles(of: logs)) }
      }
      for (path, trouble) in troubles where known[path] != trouble { log.warning("\(trouble)") }
      known = troubles
      try? await Task.sleep(for: Self.interval)
    }
  }

  /// Cuts the logs that need it.
  /// - Returns: what cannot be cut, and why.
  private static func troubles(of logs: [GuestLog]) -> [String: Failure] {
    var troubles: [String: Failure] = [:]
    for guest in logs {
      do throws(Failure) { try guest.trim() } catch { troubles[guest.path] = error }
    }
    return troubles
  }
}
