import Configuration
import Failure
import IPC
import Linux

/// What `netdns.conf` says.
struct Settings: Sendable {
  static let defaultPath = "/etc/procurator/netdns.conf"

  /// Where netd listens.
  var socket = "/run/procurator/netd.sock"
  /// Where supervisors are listened for, unless systemd does.
  var listen = "/run/procurator/netdns.sock"
  /// Group of that socket; nil: `procurator` if there is such a group.
  var listenGroup: String?
  /// Whom root is given away for.
  var user = "procurator-dns"
  /// Where everything is that dnsmasq reads.
  var folder = "/run/procurator-dns"
  var dnsmasq = "/usr/sbin/dnsmasq"
  /// Servers for names outside, as dnsmasq writes them; without any, those of /etc/resolv.conf.
  var upstream: [String] = []
  /// Most domain lists, each of which costs a process.
  var profiles = 256
  /// Domains that may have private addresses though a list permits them.
  var privateDomains: [String] = []
  /// How long names and domain lists stay that netd does not know any more after it was started again.
  var linger: Duration = .seconds(60)
  /// Whether the end of netdns is the end of the dnsmasqs.
  var stopsInstances = false

  static let rules = [
    ConfigurationRule(
      section: "Netdns",
      keys: [
        "Socket", "Listen", "ListenGroup", "User", "RuntimeFolder", "Dnsmasq", "Upstream", "MaxProfiles",
        "PrivateDomains", "Linger",
        "StopInstances",
      ])
  ]

  init(_ file: ConfigurationFile) throws(Failure) {
    try file.check(Self.rules)
    let netdns = file.section("Netdns")
    socket = netdns.text("Socket") ?? socket
    guard socket.hasPrefix("/"), socket.utf8.count <= UnixSocket.longestPath else {
      throw netdns.failure("Socket", "\"\(socket)\" is no absolute path of at most \(UnixSocket.longestPath) bytes")
    }
    listen = netdns.text("Listen") ?? listen
    guard listen.hasPrefix("/"), listen.utf8.count <= UnixSocket.longestPath else {
      throw netdns.failure("Listen", "\"\(listen)\" is no absolute path of at most \(UnixSocket.longestPath) bytes")
    }
    listenGroup = netdns.text("ListenGroup")
    user = netdns.text("User") ?? user
    guard user != "root", user != "0" else {
      throw netdns.failure("User", "dnsmasq is not to run as root", remedy: "name a user that is there for this alone")
    }
    folder = netdns.text("RuntimeFolder") ?? folder
    guard Self.isPlain(folder) else {
      throw netdns.failure(
        "RuntimeFolder", "\"\(folder)\" is no absolute path of letters, digits and . _ - without closing slash",
        remedy: "write /run/procurator-dns")
    }
    dnsmasq = netdns.text("Dnsmasq") ?? dnsmasq
    guard dnsmasq.hasPrefix("/") else {
      throw netdns.failure("Dnsmasq", "\"\(dnsmasq)\" is no absolute path", remedy: "write /usr/sbin/dnsmasq")
    }
    upstream = netdns.list("Upstream", default: [])
    for server in upstream where !Self.isServer(server) {
      throw netdns.failure(
        "Upstream", "\"\(server)\" is no address of a server",
        remedy: "write 192.0.2.53, or with a port 192.0.2.53#5353")
    }
    profiles = try netdns.count("MaxProfiles", default: profiles, in: 0...512)
    for text in netdns.list("PrivateDomains", default: []) {
      guard let domain = DomainName.canonical(text) else {
        throw netdns.failure("PrivateDomains", "\"\(text)\" is no domain", remedy: "write corp.example for instance")
      }
      privateDomains.append(domain)
    }
    linger = try netdns.duration("Linger", default: linger, in: .zero...Duration.seconds(3600))
    stopsInstances = try netdns.flag("StopInstances", default: stopsInstances)
  }

  /// Whether a path can stand in a configuration of dnsmasq, which takes some characters for its own.
  static func isPlain(_ path: String) -> Bool {
    path.hasPrefix("/") && path.utf8.count > 1 && !path.hasSuffix("/")
      && path.utf8.allSatisfy { byte in
        switch UnicodeScalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-", "/": true
        default: false
        }
      }
  }

  /// Whether a text is an IPv4 or IPv6 address, alone or with `#` and a port.
  static func isServer(_ text: String) -> Bool {
    let parts = text.split(separator: "#", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), parts.count == 1 || (UInt16(parts[1]) ?? 0) > 0 else { return false }
    return IPv4.parse(parts[0]) != nil || IPv6Address(String(parts[0])) != nil
  }
}
