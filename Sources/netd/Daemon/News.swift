import Failure
import IPC
import NetworkPlan

extension Daemon {
  /// Notes what was put right, for the log and for whoever asks for news.
  func tell(_ interface: String, _ detail: String, _ owner: Owner? = nil, now: Int64) {
    log.write(.warning, "\(interface): \(detail)")
    newsLog.add(interface, detail, owner, now: now)
  }

  func news(_ request: News, _ asking: inout Asking) throws(Failure) -> News.Reply {
    var reply = News.Reply()
    reply.life = life
    reply.last = newsLog.last
    for item in newsLog.items where item.number > request.after {
      guard asking.visible == nil || item.owner == nil || item.owner?.uid == asking.visible else { continue }
      if reply.entries.count == NetdLimits.smallPage {
        reply.more = true
        break
      }
      var entry = News.Entry()
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
