import Failure
import IPC
import IPCFrames
import NetworkPlan

/// What is asked before any verb is looked at: how often, and by whom.
extension Daemon {
  func admit(_ client: Client, _ rule: VerbRule, now: Int64) throws(Failure) {
    let uid = client.peer.uid
    guard requestRates.take(uid: uid, now: now) else {
      totals.throttled += 1
      throw .throttled(uid: uid, perSecond: requestRates.perSecond)
    }
    try settings.check(rule.verb, isNaming: rule.reach == .naming, uid: uid, client.grant)
  }

  /// The grant of a client that was admitted; nothing for one that may only serve names.
  func grant(_ client: Client) -> Access.Grant {
    client.grant ?? .nothing
  }

  func hello(_ request: Hello, _ asking: inout Asking) throws(Failure) -> Hello.Reply {
    asking.client.name = String(request.client.filter { !$0.isNewline })
    // Who finds no version has nothing more to say.
    asking.client.isDone = true
    let reply = try settings.greet(request, grant(asking.client))
    asking.client.isDone = false
    asking.client.phase = .greeted
    return reply
  }

  func device(_ request: Device, _ asking: inout Asking) throws(Failure) -> Empty {
    try grant(asking.client).check(device: request.kind, uid: asking.uid)
    asking.descriptor = try Devices(allowed: settings.devices).open(request.kind)
    return Empty()
  }
}
