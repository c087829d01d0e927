package import Failure
package import IPC

extension NetdSettings {
  /// Refuses a user who may not ask for a verb at all.
  /// - Parameters:
  ///   - isNaming: Whether the verb tells of all users' ports, for DHCP and DNS.
  ///   - grant: What the user may have; nil for nothing.
  package func check(_ verb: Verb, isNaming: Bool, uid: UInt32, _ grant: Access.Grant?) throws(Failure) {
    if isNaming {
      guard uid == 0 || uid == namesUser else {
        throw Failure(
          .denied, operation: "ask netd", object: "\(verb) for user \(uid)",
          cause: "only root and the user of the naming service may", remedy: "name that user in NamesUser= of netd.conf"
        )
      }
      return
    }
    // Who serves names to everybody gets nothing else, unless a section of its own says so.
    if uid == namesUser, uid != 0, access.users[uid] == nil, verb != .hello {
      throw Failure(
        .denied, operation: "ask netd", object: "\(verb) for user \(uid)",
        cause: "the user of the naming service has no ports or devices", remedy: "use another user for VMs")
    }
    guard grant != nil || uid == namesUser else {
      throw Failure(
        .denied, operation: "ask netd", object: "user \(uid)",
        cause: "netd.conf has no section for it or a group of it",
        remedy: "have root add [User \(uid)]")
    }
  }
}

extension Access.Grant {
  /// Refuses a network that a user may not use.
  package func check(network name: String, uid: UInt32) throws(Failure) {
    guard let networks, !networks.contains(name) else { return }
    throw Failure(
      .denied, operation: "attach port", object: "network \(name)", cause: "user \(uid) may not use it",
      remedy: "have root add it to Networks= of the user's section in netd.conf")
  }

  /// Refuses a device that a user may not have.
  package func check(device kind: DeviceKind, uid: UInt32) throws(Failure) {
    guard let devices, !devices.contains(kind) else { return }
    throw Failure(
      .denied, operation: "open device", object: NetdSettings.name(kind), cause: "user \(uid) may not have it",
      remedy: "have root add it to Devices= of the user's section in netd.conf")
  }
}

extension Failure {
  /// The refusal of a user who asks too fast.
  package static func throttled(uid: UInt32, perSecond: Int) -> Failure {
    Failure(
      .unavailable, operation: "ask netd", object: "user \(uid)",
      cause: "it asks more than \(perSecond) times a second",
      remedy: "ask more slowly, or have root raise MaxRequestsPerSecond= in netd.conf")
  }
}
