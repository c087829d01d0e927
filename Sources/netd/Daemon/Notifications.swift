import Failure
import IPC
import NetworkPlan

extension Daemon {
  /// Notes what was put right, for the log and for whoever asks for news.
  func tell(_ interface: String, _ detail: String, _ owner: Owner? = nil, now: Int64) {
    log.write(.warning, "\(interface): \(detail)")
    notificationLog.add(interface, detail, owner, now: now)
  }
}
