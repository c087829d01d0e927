package import IPC
package import IPCFrames

extension Finding {
  /// One page of findings.
  package static func page(of all: [Finding], at cursor: UInt32, for viewer: Viewer) -> Page<Audit.Finding> {
    let visible = all.filter { viewer.sees($0.uid) }
    return Page(at: cursor, of: visible.count) { place in
      let found = visible[place]
      var finding = Audit.Finding()
      finding.kind = found.kind
      finding.interface = found.interface.cut(64)
      finding.detail = found.detail.cut(256)
      finding.uid = found.uid
      finding.vm = found.vm
      finding.age = viewer.seconds(since: found.since)
      return finding
    }
  }
}

extension NotificationLog {
  /// One page of what was put right after the entry with a number.
  /// - Parameter life: Tells one start of netd from another.
  package func page(after number: UInt64, life: UInt64, for viewer: Viewer) -> Notifications.Reply {
    var reply = Notifications.Reply()
    reply.life = life
    reply.last = last
    for item in items where item.number > number && viewer.sees(item.owner?.uid) {
      if reply.entries.count == NetdLimits.smallPage {
        reply.more = true
        break
      }
      var entry = Notifications.Entry()
      entry.number = item.number
      entry.interface = item.interface.cut(64)
      entry.detail = item.detail.cut(256)
      entry.uid = item.owner?.uid ?? .max
      entry.vm = item.owner?.vm ?? VMIdentity()
      entry.age = viewer.seconds(since: item.at)
      reply.entries.append(entry)
    }
    return reply
  }
}
