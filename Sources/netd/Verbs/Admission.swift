import Failure
import IPC
import Linux
import NetworkPlan

/// What is asked before any verb is looked at: how often, and by whom.
extension Daemon {
  func admit(_ client: Client, _ rule: VerbRule, now: Int64) throws(Failure) {
    let uid = client.peer.uid
    if settings.requestsPerSecond > 0, uid != 0 {
      var bucket = buckets[uid] ?? TokenBucket(perSecond: settings.requestsPerSecond, now: now)
      let isAdmitted = bucket.take(now: now)
      buckets[uid] = bucket
      guard isAdmitted else {
        totals.throttled += 1
        throw Failure(
          .unavailable, operation: "ask netd", object: "user \(uid)",
          cause: "it asks more than \(settings.requestsPerSecond) times a second",
          remedy: "ask more slowly, or have root raise MaxRequestsPerSecond= in netd.conf")
      }
    }
    try settings.check(rule.verb, isNaming: rule.reach == .naming, uid: uid, client.grant)
  }

  /// The grant of a client that was admitted; nothing for one that may only read names.
  func grant(_ client: Client) -> Access.Grant {
    client.grant ?? .nothing
  }

  func checkNetwork(_ name: String, _ asking: borrowing Asking) throws(Failure) {
    try grant(asking.client).check(network: name, uid: asking.uid)
  }

  func hello(_ request: Hello, _ asking: inout Asking) throws(Failure) -> Hello.Reply {
    asking.client.name = String(request.client.filter { !$0.isNewline })
    guard request.oldest <= Wire.newestVersion, request.newest >= Wire.oldestVersion, request.oldest <= request.newest
    else {
      asking.client.isDone = true
      throw Failure(
        .protocol, operation: "agree on a version", object: "netd \(Release.version)",
        cause: "it speaks protocol \(Wire.oldestVersion) to \(Wire.newestVersion), "
          + "the client \(request.oldest) to \(request.newest)", remedy: "install the same release of both")
    }
    asking.client.phase = .greeted
    var reply = Hello.Reply()
    reply.version = min(request.newest, Wire.newestVersion)
    asking.client.version = reply.version
    reply.server = Release.version
    reply.grace = UInt32((settings.grace.milliseconds + 999) / 1000)
    let permitted = grant(asking.client).networks
    reply.networks = settings.networks.map(\.name).filter { permitted?.contains($0) ?? true }
    return reply
  }

  func device(_ request: Device, _ asking: inout Asking) throws(Failure) -> Empty {
    if let devices = grant(asking.client).devices, !devices.contains(request.kind) {
      throw Failure(
        .denied, operation: "open device", object: NetdSettings.name(request.kind),
        cause: "user \(asking.uid) may not have it",
        remedy: "have root add it to Devices= of the user's section in netd.conf")
    }
    asking.descriptor = try Devices(allowed: settings.devices).open(request.kind)
    return Empty()
  }
}
