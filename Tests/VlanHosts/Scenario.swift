import CLinux
import Failure
import Glibc
import IPC
import IPCFrames
import Linux
import Netlink

/// What is shown, in its order.
struct Scenario {
  /// Two networks on each host, over one wire.
  static func networks(hosts: String, outer: Int = 200) -> String {
    """
    [Network lab]
    Subnet=10.101.0.0/24
    Bridge=br-lab
    TapPrefix=lab
    Hosts=\(hosts)
    Mode=isolated
    Uplink=wire0
    VLAN=100
    [Network outer]
    Subnet=10.102.0.0/24
    Bridge=br-outer
    TapPrefix=out
    Hosts=\(hosts)
    Mode=external
    Uplink=wire0
    VLAN=\(outer)
    """
  }

  /// Which host gives out which addresses.
  static let numbers = ["2-100", "101-200"]

  let hosts: [Host]
  let wire: Wire

  static func run(_ report: inout Report) throws {
    let hosts = [try Host("one"), try Host("two")]
    // The switch, too, is in a namespace of its own, where this thread stays.
    try Errno.check(clinux_unshare_net())
    let scenario = Scenario(hosts: hosts, wire: try Wire(hosts))
    for (host, numbers) in zip(hosts, numbers) {
      try host.configure(networks(hosts: numbers))
      try host.start()
    }
    try scenario.topology(&report)
    let guests = try scenario.plugIn()
    try scenario.traffic(guests, "", &report)
    try scenario.escapes(guests, &report)
    let limited = try scenario.limitedGuest(&report)
    try scenario.crash(guests, &report)
    try scenario.repairs(guests, &report)
    try scenario.anotherVLAN(&report)
    try scenario.leave(guests, limited, &report)
  }

  /// The guests of both networks on both hosts.
  struct Guests {
    let lab: [Guest]
    let outer: [Guest]
  }

  private func plugIn() throws -> Guests {
    Guests(lab: try hosts.map { try $0.guest("lab") }, outer: try hosts.map { try $0.guest("outer") })
  }

  // MARK: Interfaces

  /// The two interfaces of VLANs, and what is to be told of them.
  static let trunks: [(name: String, bridge: String, vlan: UInt16)] = [
    ("labv100", "br-lab", 100), ("outv200", "br-outer", 200),
  ]

  private func topology(_ report: inout Report) throws {
    for host in hosts {
      for trunk in Self.trunks {
        let found = try host.link(trunk.name)
        report.check(
          "\(trunk.name) on host \(host.name) is VLAN \(trunk.vlan) of wire0, up, and a port of \(trunk.bridge)",
          try isTrunk(trunk, host), "\(String(describing: found))")
      }
      let audit = try host.audit()
      report.check("the audit of host \(host.name) is clean", audit.findings.isEmpty, "\(audit.findings)")
    }
  }

  func isTrunk(_ trunk: (name: String, bridge: String, vlan: UInt16), _ host: Host) throws -> Bool {
    guard let link = try host.link(trunk.name), let bridge = try host.link(trunk.bridge),
      let wire = try host.link("wire0")
    else { return false }
    return link.kind == "vlan" && link.vlan == trunk.vlan && link.isUp && link.master == bridge.index
      && link.parent == wire.index && link.alias == "procurator:trunk"
  }
}
