import Configuration
import Failure
package import IPC

/// Who may have what: the `[User NAME]` and `[Group NAME]` sections. Without any, whoever may open the socket may have all.
package struct Access: Sendable {
  static let keys = ["Networks", "Devices", "MaxPorts", "ForwardPorts"]

  /// What one user or group may have; nil for all that there is.
  package struct Grant: Sendable {
    /// Their names.
    package var networks: [String]?
    /// Their kinds.
    package var devices: [DeviceKind]?
    /// How many.
    package var ports: Int?
    /// Ports of the host.
    package var forwards: [PortRange]?

    /// Makes one; nil is all that there is.
    package init(
      networks: [String]? = nil, devices: [DeviceKind]? = nil, ports: Int? = nil, forwards: [PortRange]? = nil
    ) {
      self.networks = networks
      self.devices = devices
      self.ports = ports
      self.forwards = forwards
    }

    /// What who has no section gets.
    package static let nothing = Grant(networks: [], devices: [], ports: 0, forwards: [])
  }

  private(set) var users: [UInt32: Grant] = [:]
  private(set) var groups: [(gid: UInt32, grant: Grant)] = []
  private var sections: [ConfigurationSection] = []

  init() {}

  init(_ file: ConfigurationFile, _ accounts: Accounts) throws(Failure) {
    for section in file.sections(named: "User") {
      guard let uid = accounts.uid(section.label) else {
        throw section.failure(
          "Networks", "there is no user \"\(section.label)\"",
          remedy: "create it, or write its number")
      }
      users[uid] = try Self.grant(section)
      sections.append(section)
    }
    for section in file.sections(named: "Group") {
      guard let gid = accounts.gid(section.label) else {
        throw section.failure(
          "Networks", "there is no group \"\(section.label)\"",
          remedy: "create it, or write its number")
      }
      groups.append((gid, try Self.grant(section)))
      sections.append(section)
    }
  }

  /// What a peer may have: by its uid, else by the first of the sections for a group that it is in; nil for nothing.
  package func grant(uid: UInt32, groups own: [UInt32]) -> Grant? {
    if uid == 0 || sections.isEmpty { return Grant() }
    return users[uid] ?? groups.first { own.contains($0.gid) }?.grant
  }

  /// Refuses names of networks that there are none of.
  func check(_ networks: [String]) throws(Failure) {
    for section in sections {
      for name in section.list("Networks", default: []) where !networks.contains(name) {
        throw section.failure(
          "Networks", "there is no network \"\(name)\"", remedy: Suggestion.sentence(name, among: networks))
      }
    }
  }

  private static func grant(_ section: ConfigurationSection) throws(Failure) -> Grant {
    var grant = Grant()
    if section.entries.contains(where: { $0.key == "Networks" }) {
      grant.networks = section.list("Networks", default: [])
    }
    if section.entries.contains(where: { $0.key == "Devices" }) {
      grant.devices = try NetdSettings.devices(section, default: [])
    }
    if section.entry("MaxPorts") != nil {
      grant.ports = try section.count("MaxPorts", default: 0, in: 0...65536)
    }
    if section.entries.contains(where: { $0.key == "ForwardPorts" }) {
      grant.forwards = try PortRange.list(section, "ForwardPorts", default: [])
    }
    return grant
  }
}
