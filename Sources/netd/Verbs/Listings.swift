import Failure
import IPC
import NetworkPlan

/// What netd can be asked to show. The answers themselves are pure functions of what it knows.
extension Daemon {
  func ports(_ request: Ports, _ asking: inout Asking) throws(Failure) -> Ports.Reply {
    panel.ports(at: request.cursor, lists, for: asking.viewer)
  }

  func forwards(_ request: Forwards, _ asking: inout Asking) throws(Failure) -> Forwards.Reply {
    hostPorts.forwards(at: request.cursor, of: panel, for: asking.viewer)
  }

  func notifications(_ request: Notifications, _ asking: inout Asking) throws(Failure) -> Notifications.Reply {
    notificationLog.page(after: request.after, life: life, for: asking.viewer)
  }

  func shards(_ request: Shards, _ asking: inout Asking) throws(Failure) -> Shards.Reply {
    panel.layout.shards(at: request.cursor)
  }

  func leases(_ request: Leases, _ asking: inout Asking) throws(Failure) -> Leases.Reply {
    panel.ports(at: request.cursor, lists, for: asking.viewer)
  }

  /// The panel against the kernel, read again unless that happened a moment ago.
  func audit(_ request: Audit, _ asking: inout Asking) throws(Failure) -> Audit.Reply {
    if asking.now - guardSeenAt >= 200 { checkGuard(asking.now, isThorough: true) }
    if asking.now - lastReconcile >= 200 { try reconcile(now: asking.now) }
    let fixed = request.fix ? try removeOrphans(of: asking.uid == 0 ? nil : asking.uid, now: asking.now) : 0
    var reply = panel.occupancy()
    reply.fixed = fixed
    reply.refusedFrames = UInt32(clamping: totals.violations)
    let page = Finding.page(of: findings + unnamed(), at: request.cursor, for: asking.viewer)
    (reply.findings, reply.next) = (page.entries, page.next)
    return reply
  }
}
