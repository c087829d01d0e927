import Dispatch
import Failure
import Logging
import Synchronization

/// Keeps the logs of all guests under their caps: at once after a start of ours, then on a clock, and when a hub has seen
/// much go by.
struct LogKeeper: Sendable {
  let fleet: Fleet
  let log: Logger

  /// A log that no hub looks after grows unseen for as long.
  private static let interval: Duration = .seconds(5)
  /// Most bytes of a hypervisor's own log.
  static let processCap: UInt64 = 1 << 20
  /// Cutting waits for the disk; there is one disk.
  private static let queue = DispatchQueue(label: "procurator.logs", qos: .utility)

  /// Looks after them until it is cancelled.
  func run() async {
    while !Task.isCancelled {
      let logs = await fleet.all().flatMap { vm in
        [vm.consoleHub.log, GuestLog(vm.paths.processLog, cap: Self.processCap, isNumbered: false)]
      }
      await withCheckedContinuation { continuation in
        Self.queue.async {
          for guest in logs { trimNow(guest) }
          continuation.resume()
        }
      }
      try? await Task.sleep(for: Self.interval)
    }
  }

  private func trimNow(_ guest: GuestLog) {
    do throws(Failure) { try guest.trim() } catch { log.warning("\(error)") }
  }

  /// Cuts a log soon, if it needs that. What goes wrong is reported by the clock, which tries the same.
  static func trim(_ guest: GuestLog) {
    queue.async { _ = try? guest.trim() }
  }
}
