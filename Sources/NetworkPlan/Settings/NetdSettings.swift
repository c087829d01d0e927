package import Configuration
package import Failure
package import IPC
import Linux

/// What `netd.conf` says.
package struct NetdSettings: Sendable {
  /// Where it is looked for.
  package static let defaultPath = "/etc/procurator/netd.conf"

  /// Where clients are listened for.
  package var socket = "/run/procurator/netd.sock"
  /// Group of the socket; nil: `procurator` if there is such a group.
  package var socketGroup: String?
  /// Rights of the socket.
  package var socketMode: UInt32 = 0o660
  /// Between the loss of a port's holder and the end of its lease.
  package var grace: Duration = .seconds(5)
  /// TAPs ready ahead of demand, per network.
  package var spare = 16
  /// Most ports of one user, 0 for no limit.
  package var portsPerUser = 1024
  /// Most connections at a time; one user gets at most half of them.
  package var clients = 64
  /// Requests of one user per second, 0 for no limit; twice as many in a burst.
  package var requestsPerSecond = 2000
  /// After this a connection without request is closed, unless its user has ports.
  package var idle: Duration = .seconds(120)
  /// Those that may be handed out.
  package var devices: [DeviceKind] = [.kvm, .vhostNet]
  /// Ports of the host for forwards: what is chosen from, and what may be asked for.
  package var forwards = PortRange(first: 20000, last: 29999)
  /// Those that may be asked for by number, with the range above.
  package var fixedForwards: [PortRange] = []
  /// User that may read names and domain lists, besides root; nil for nobody.
  package var namesUser: UInt32?
  /// Interfaces besides that of the default route by which guests' packets leave and answers come.
  package var uplinks: [String] = []
  /// Who may have what.
  package var access = Access()
  /// In their order, at least one.
  package var networks: [Network] = []

  static let deviceNames: [(name: String, value: DeviceKind)] = [
    ("kvm", .kvm), ("vhost-net", .vhostNet), ("vhost-vsock", .vhostVsock),
  ]

  /// What a device is called below /dev.
  package static func name(_ device: DeviceKind) -> String { deviceNames.first { $0.value == device }?.name ?? "" }

  static let rules = [
    ConfigurationRule(
      section: "Netd",
      keys: [
        "Socket", "SocketGroup", "SocketMode", "Grace", "Spare", "MaxPortsPerUser", "MaxClients", "Devices",
        "MaxRequestsPerSecond", "IdleTimeout", "ForwardPorts", "FixedForwardPorts", "NamesUser",
        "Uplinks",
      ]),
    ConfigurationRule(section: "Network", isLabelled: true, keys: NetworkSection.keys),
    ConfigurationRule(section: "User", isLabelled: true, keys: Access.keys),
    ConfigurationRule(section: "Group", isLabelled: true, keys: Access.keys),
  ]

  /// Reads and checks all of it.
  /// - Throws: `.invalid` with file, line and key.
  package init(_ file: ConfigurationFile, _ accounts: Accounts) throws(Failure) {
    try file.check(Self.rules)
    let netd = file.section("Netd")
    socket = netd.text("Socket") ?? socket
    guard socket.hasPrefix("/"), socket.utf8.count <= 107 else {
      throw netd.failure("Socket", "\"\(socket)\" is no absolute path of at most 107 bytes")
    }
    socketGroup = netd.text("SocketGroup")
    socketMode = try netd.mode("SocketMode", default: socketMode)
    guard socketMode & 0o002 == 0 else {
      throw netd.failure("SocketMode", "everybody could connect", remedy: "write 0660 and name a SocketGroup=")
    }
    grace = try netd.duration("Grace", default: grace, in: .milliseconds(100)...Duration.seconds(3600))
    spare = try netd.count("Spare", default: spare, in: 0...Layout.slotsPerShard)
    portsPerUser = try netd.count("MaxPortsPerUser", default: portsPerUser, in: 0...65536)
    clients = try netd.count("MaxClients", default: clients, in: 2...512)
    requestsPerSecond = try netd.count("MaxRequestsPerSecond", default: requestsPerSecond, in: 0...1_000_000)
    idle = try netd.duration("IdleTimeout", default: idle, in: .seconds(1)...Duration.seconds(86400))
    devices = try Self.devices(netd, default: ["kvm", "vhost-net"])
    forwards = try PortRange.list(netd, "ForwardPorts", default: [forwards]).first ?? forwards
    fixedForwards = try PortRange.list(netd, "FixedForwardPorts", default: []) + [forwards]
    uplinks = netd.list("Uplinks", default: [])
    namesUser = try Self.namesUser(netd, accounts)
    access = try Access(file, accounts)
    var sections = file.sections(named: "Network")
    if sections.isEmpty {
      sections = [ConfigurationSection(kind: "Network", label: "default", file: file.path)]
    }
    for section in sections { networks.append(try NetworkSection(section).network()) }
    try Self.checkTogether(networks, sections)
    try access.check(networks.map(\.name))
  }

  static func devices(_ section: ConfigurationSection, default fallback: [String]) throws(Failure)
    -> [DeviceKind]
  {
    var devices: [DeviceKind] = []
    for name in section.list("Devices", default: fallback) {
      guard let device = deviceNames.first(where: { $0.name == name }) else {
        let remedy = Suggestion.sentence(name, among: deviceNames.map(\.name))
        throw section.failure("Devices", "there is no device \"\(name)\"", remedy: remedy)
      }
      devices.append(device.value)
    }
    return devices
  }

  private static func namesUser(_ section: ConfigurationSection, _ accounts: Accounts) throws(Failure) -> UInt32? {
    guard let name = section.text("NamesUser") else { return accounts.local("procurator-dns") }
    guard let uid = accounts.uid(name) else {
      throw section.failure("NamesUser", "there is no user \"\(name)\"", remedy: "create it, or name another")
    }
    return uid
  }

  private static func checkTogether(_ networks: [Network], _ sections: [ConfigurationSection]) throws(Failure) {
    let layout = Layout(networks)
    var links: Set<String> = []
    for (index, network) in networks.enumerated() {
      for other in networks[..<index] {
        let mask = IPv4.mask(prefix: min(network.prefix, other.prefix))
        if network.base & mask == other.base & mask {
          throw sections[index].failure("Subnet", "it overlaps that of network \(other.name)")
        }
        if network.tapPrefix == other.tapPrefix {
          throw sections[index].failure(
            "TapPrefix", "network \(other.name) has the same, \(other.tapPrefix)", remedy: "write another one")
        }
        if let prefix = network.prefix6, prefix == other.prefix6 {
          throw sections[index].failure("IPv6Prefix", "network \(other.name) has the same")
        }
        if let uplink = network.uplink, uplink == other.uplink, network.vlan == other.vlan {
          throw sections[index].failure(
            "Uplink", "network \(other.name) has \(uplink) already", remedy: "give each network a VLAN= of its own")
        }
        if let overlay = network.overlay, overlay.vni == other.overlay?.vni {
          throw sections[index].failure("VXLAN", "network \(other.name) has \(overlay.vni) already")
        }
      }
      for shard in 0..<network.shards {
        let bridge = layout.bridge(network: index, shard: shard)
        guard links.insert(bridge).inserted, layout.slot(tap: bridge) == nil else {
          throw sections[index].failure("Bridge", "the name \(bridge) is taken", remedy: "write another Bridge=")
        }
      }
    }
    guard networks.reduce(0, { $0 + $1.shards }) <= 64 else {
      throw sections[networks.count - 1].failure(
        "Shards", "all networks together have more than 64", remedy: "choose fewer")
    }
  }
}
