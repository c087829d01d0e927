import Failure
import IPC
import IPCFrames
import NetworkPlan

extension Daemon {
  /// Takes a port back. While somebody holds its TAP the port stays; its handle is void at once.
  func detach(_ request: Detach, _ asking: inout Asking) throws(Failure) -> Empty {
    try release(panel.detached(handle: request.handle, uid: asking.uid), now: asking.now)
    return Empty()
  }

  /// Takes all ports of a VM back and keeps none. Those whose TAP is held are freed when the holder ends.
  func forget(_ request: Forget, _ asking: inout Asking) throws(Failure) -> Forget.Reply {
    var reply = Forget.Reply()
    for slot in panel.slots(uid: asking.uid, vm: request.vm) {
      guard let lease = panel.lease(slot) else { continue }
      if lease.isKept { try change(slot) { $0.isKept = false } }
      try release(slot, now: asking.now)
      reply.freed += 1
    }
    return reply
  }

  /// Changes a lease here and in the kernel; there first.
  func change(_ slot: Slot, _ change: (inout Lease) -> Void) throws(Failure) {
    guard var lease = panel.lease(slot) else { return }
    let tag = lease.tag
    change(&lease)
    if lease.tag != tag, links.exists(slot) { try links.retag(slot, lease.tag) }
    panel.update(slot, change)
  }

  private func release(_ slot: Slot, now: Int64) throws(Failure) {
    guard let lease = panel.lease(slot) else { return }
    panel.update(slot) { lease in
      lease.isGivenBack = true
      lease.isSevered = false
    }
    if try links.isHeld(slot) {
      panel.move(slot, to: .releasing, now: now)
      checks[slot.index] = now + grace
    } else if lease.isKept {
      settle(slot, now: now)
    } else {
      retire(slot, now: now)
    }
  }
}
