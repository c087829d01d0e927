import Failure
import IPC

/// What netd has put right since its start, the latest of it. A value: no I/O.
struct NotificationLog {
  /// Something put right.
  struct Item: Hashable {
    let number: UInt64
    let interface: String
    let detail: String
    let owner: Owner?
    /// Milliseconds of the daemon's clock.
    let at: Int64
  }

  private(set) var items: [Item] = []
  /// How many there were.
  private(set) var last: UInt64 = 0

  mutating func add(_ interface: String, _ detail: String, _ owner: Owner?, now: Int64) {
    last += 1
    items.append(Item(number: last, interface: interface, detail: detail, owner: owner, at: now))
    if items.count > NetdLimits.notifications { items.removeFirst() }
  }
}

extension Daemon {
  /// Notes what was put right, for the log and for whoever asks for news.
  func tell(_ interface: String, _ detail: String, _ owner: Owner? = nil, now: Int64) {
    log.write(.warning, "\(interface): \(detail)")
    notificationLog.add(interface, detail, owner, now: now)
  }

  func notifications(_ request: Notifications, _ asking: inout Asking) throws(Failure) -> Notifications.Reply {
    var reply = Notifications.Reply()
    reply.life = life
    reply.last = notificationLog.last
    for item in notificationLog.items where item.number > request.after {
      guard asking.visible == nil || item.owner == nil || item.owner?.uid == asking.visible else { continue }
      if reply.entries.count == NetdLimits.smallPage {
        reply.more = true
        break
      }
      var entry = Notifications.Entry()
      entry.number = item.number
      entry.interface = Self.cut(item.interface, 64)
      entry.detail = Self.cut(item.detail, 256)
      entry.uid = item.owner?.uid ?? .max
      entry.vm = item.owner?.vm ?? VMIdentity()
      entry.age = seconds(since: item.at, now: asking.now)
      reply.entries.append(entry)
    }
    return reply
  }
}
