import Configuration
import Failure
import IPC
import Linux

/// What `netd.conf` says.
struct Settings: Sendable {
  static let defaultPath = "/etc/procurator/netd.conf"

  var socket = "/run/procurator/netd.sock"
  /// Group of the socket; nil: `procurator` if there is such a group.
  var socketGroup: String?
  var socketMode: UInt32 = 0o660
  /// Between the loss of a port's holder and the end of its lease.
  var grace: Duration = .seconds(5)
  /// TAPs ready ahead of demand, per network.
  var spare = 16
  /// Most ports of one user, 0 for no limit.
  var portsPerUser = 1024
  /// Most connections at a time; one user gets at most half of them.
  var clients = 64
  var devices: [DeviceKind] = [.kvm, .vhostNet]
  var networks: [Network] = []

  static let deviceNames: [(name: String, value: DeviceKind)] = [
    ("kvm", .kvm), ("vhost-net", .vhostNet), ("vhost-vsock", .vhostVsock),
  ]
  static let rules = [
    ConfigurationRule(
      section: "Netd",
      keys: [
        "Socket", "SocketGroup", "SocketMode", "Grace", "Spare", "MaxPortsPerUser", "MaxClients", "Devices",
      ]),
    ConfigurationRule(
      section: "Network", isLabelled: true, keys: ["Subnet", "Bridge", "TapPrefix", "Shards", "MTU"]),
  ]

  init(_ file: ConfigurationFile) throws(Failure) {
    try file.check(Self.rules)
    let netd = file.section("Netd")
    socket = netd.text("Socket") ?? socket
    guard socket.hasPrefix("/"), socket.utf8.count <= 107 else {
      throw netd.failure("Socket", "\"\(socket)\" is no absolute path of at most 107 bytes")
    }
    socketGroup = netd.text("SocketGroup")
    socketMode = try netd.mode("SocketMode", default: socketMode)
    guard socketMode & 0o002 == 0 else {
      throw netd.failure("SocketMode", "everybody could connect", cure: "write 0660 and name a SocketGroup=")
    }
    grace = try netd.duration("Grace", default: grace, in: .milliseconds(100)...Duration.seconds(3600))
    spare = try netd.count("Spare", default: spare, in: 0...Layout.slotsPerShard)
    portsPerUser = try netd.count("MaxPortsPerUser", default: portsPerUser, in: 0...65536)
    clients = try netd.count("MaxClients", default: clients, in: 2...512)
    var devices: [DeviceKind] = []
    for name in netd.list("Devices", default: ["kvm", "vhost-net"]) {
      guard let device = Self.deviceNames.first(where: { $0.name == name }) else {
        let cure = Suggestion.sentence(name, among: Self.deviceNames.map(\.name))
        throw netd.failure("Devices", "there is no device \"\(name)\"", cure: cure)
      }
      devices.append(device.value)
    }
    self.devices = devices
    var sections = file.sections(named: "Network")
    if sections.isEmpty {
      sections = [ConfigurationSection(kind: "Network", label: "default", file: file.path)]
    }
    for section in sections { networks.append(try Self.network(section)) }
    try Self.checkTogether(networks, sections)
  }

  private static func network(_ section: ConfigurationSection) throws(Failure) -> Network {
    let name = section.label
    guard name.utf8.count <= NetdLimits.networkName, isPlain(name) else {
      throw section.failure(
        "Subnet", "the network's name is not 1 to \(NetdLimits.networkName) letters, digits, - _ or .")
    }
    guard let subnet = section.text("Subnet") ?? (name == "default" ? "10.100.0.0/16" : nil) else {
      throw section.failure("Subnet", "it is missing", cure: "write one, Subnet=10.101.0.0/16 for instance")
    }
    guard let (base, prefix) = IPv4.subnet(subnet), (8...24).contains(prefix) else {
      throw section.failure(
        "Subnet", "\"\(subnet)\" is no IPv4 subnet from /8 to /24 with zeros behind its prefix",
        cure: "write 10.100.0.0/16")
    }
    let room = 1 << Int(24 - prefix)
    let shards = try section.count("Shards", default: min(4, room), in: 1...64)
    guard shards <= room else {
      throw section.failure("Shards", "\(subnet) holds \(room) of them", cure: "choose fewer, or a larger Subnet=")
    }
    let bridge = section.text("Bridge") ?? "br-procurator"
    let tap = section.text("TapPrefix") ?? "pcr"
    let mtu = try section.count("MTU", default: 1500, in: 1280...65521)
    let network = Network(
      name: name, base: base, prefix: prefix, shards: shards, bridge: bridge, tapPrefix: tap, mtu: UInt16(mtu))
    try checkNames(network, section)
    return network
  }

  private static func checkNames(_ network: Network, _ section: ConfigurationSection) throws(Failure) {
    for (key, value) in [("Bridge", network.bridge), ("TapPrefix", network.tapPrefix)] where !isPlain(value) {
      throw section.failure(key, "\"\(value)\" is not made of letters, digits, - _ and .")
    }
    guard network.tapPrefix.last?.isNumber == false else {
      throw section.failure(
        "TapPrefix", "it ends with a digit, so a name could be read in two ways", cure: "add a letter")
    }
    let layout = Layout([network])
    let longest = layout.bridge(network: 0, shard: network.shards - 1)
    guard longest.utf8.count <= NetdLimits.interfaceName else {
      throw section.failure(
        "Bridge", "\(longest) has more than \(NetdLimits.interfaceName) bytes",
        cure: "write a shorter Bridge= or fewer Shards=")
    }
    let tap = layout.tap(Slot(index: layout.count - 1))
    guard tap.utf8.count <= NetdLimits.interfaceName else {
      throw section.failure(
        "TapPrefix", "\(tap) has more than \(NetdLimits.interfaceName) bytes",
        cure: "write a shorter TapPrefix= or fewer Shards=")
    }
  }

  private static func checkTogether(_ networks: [Network], _ sections: [ConfigurationSection]) throws(Failure) {
    let layout = Layout(networks)
    var bridges: Set<String> = []
    for (index, network) in networks.enumerated() {
      for other in networks[..<index] {
        let mask = ~(UInt32.max >> UInt32(min(network.prefix, other.prefix)))
        if network.base & mask == other.base & mask {
          throw sections[index].failure("Subnet", "it overlaps that of network \(other.name)")
        }
        if network.tapPrefix == other.tapPrefix {
          throw sections[index].failure(
            "TapPrefix", "network \(other.name) has the same, \(other.tapPrefix)", cure: "write another one")
        }
      }
      for shard in 0..<network.shards {
        let bridge = layout.bridge(network: index, shard: shard)
        guard bridges.insert(bridge).inserted, layout.slot(tap: bridge) == nil else {
          throw sections[index].failure("Bridge", "the name \(bridge) is taken", cure: "write another Bridge=")
        }
      }
    }
    guard networks.reduce(0, { $0 + $1.shards }) <= 64 else {
      throw sections[networks.count - 1].failure(
        "Shards", "all networks together have more than 64", cure: "choose fewer")
    }
  }

  private static func isPlain(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".."
      && name.utf8.allSatisfy { byte in
        switch UnicodeScalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".": true
        default: false
        }
      }
  }
}
