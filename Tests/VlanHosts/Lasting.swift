import Failure
import Glibc
import IPC
import IPCPeer
import Linux
import Netlink

/// What lasts, and what is repaired.
extension Scenario {
  /// What else netd does about a port, for a guest of its own: it may reach only what is listed.
  func limitedGuest(_ report: inout Report) throws -> Guest {
    let host = hosts[0]
    let guest = try host.guest("lab")
    let ranges = [
      Policy.Range(address: 0x0a01_0000, prefix: 16),
      Policy.Range(address: 0x0a02_0003, transport: .tcp, ports: 80...90),
    ]
    _ = try host.ask(
      Policy(
        vm: guest.vm, nic: 0, isRestricted: true, list: 7, ranges: ranges, sendRate: 10_000_000,
        receiveRate: 20_000_000))
    let port = try host.ask(Forward(vm: guest.vm, nic: 0, transport: .tcp, guestPort: 22)).body.hostPort
    report.check("a port of the host leads to a guest", port > 0)
    let rate = try host.route.shapings()[host.link(guest.port.tap)?.index ?? 0]
    report.check("what a guest receives is limited", rate == 20_000_000, "\(String(describing: rate))")
    return guest
  }

  /// Both netds are killed: guests do not notice, and the next ones take over what stands.
  func crash(_ guests: Guests, _ report: inout Report) throws {
    let before = try hosts.map { host in try Self.trunks.map { try host.link($0.name)?.index } }
    for host in hosts {
      let end = try host.end(by: SIGKILL)
      report.check("netd of host \(host.name) is killed", end == .signalled(SIGKILL))
    }
    try traffic(guests, ", without any netd", &report)
    for host in hosts { try host.start() }
    let active: [UInt32] = [3, 2]
    let after = try hosts.map { host in try Self.trunks.map { try host.link($0.name)?.index } }
    report.check("the interfaces of the VLANs are the same after netd's restart", before == after, "\(before) \(after)")
    for (host, active) in zip(hosts, active) {
      for trunk in Self.trunks {
        report.check("\(trunk.name) on host \(host.name) is as it was", try isTrunk(trunk, host))
      }
      try wait("all ports are taken over") { try host.audit().active == active }
      let audit = try host.audit()
      report.check("the audit of host \(host.name) is clean after that", audit.findings.isEmpty, "\(audit.findings)")
    }
    try traffic(guests, ", after netd's restart", &report)
    let forwards = try hosts[0].ask(Forwards(cursor: 0)).body.entries
    report.check("the forward is still known", forwards.map(\.guestPort) == [22], "\(forwards)")
  }

  /// What somebody else has broken is repaired.
  func repairs(_ guests: Guests, _ report: inout Report) throws {
    let host = hosts[0]
    try host.run("ip", "link", "set", "wire0", "down")
    let isDown = try host.link("labv100")?.isUp == false
    report.check("a VLAN goes down with its interface", isDown)
    try wait("it is up again") { try host.audit().findings.isEmpty && isTrunk(Self.trunks[0], host) }
    try traffic(guests, ", after wire0 was switched off", &report)
    try host.run("ip", "link", "del", "labv100")
    try wait("it is there again") { try isTrunk(Self.trunks[0], host) }
    report.check("netd makes the interface of a VLAN again that somebody has removed", true)
    try wait("the audit is clean") { try host.audit().findings.isEmpty }
    try traffic(guests, ", after the VLAN was removed", &report)

    // Without the wire the guests of one host still have each other.
    let neighbour = try host.guest("lab")
    try host.run("ip", "link", "del", "wire0")
    try wait("netd has noticed") { try host.audit().findings.count { $0.kind == .broken } == 2 }
    try meet(guests.lab[0], neighbour)
    report.check("guests of a host reach each other when the wire is gone", true)
    try wire.plug(host)
    try wait("netd uses it again") { try isTrunk(Self.trunks[0], host) && isTrunk(Self.trunks[1], host) }
    report.check("a wire that comes back is used again, without an audit", true)
    try wait("the audit is clean") { try host.audit().findings.isEmpty }
    try traffic(guests, ", with another wire", &report)
  }

  /// Another VLAN= in the configuration: the bridge leaves the old VLAN, so that the two are never joined.
  func anotherVLAN(_ report: inout Report) throws {
    for host in hosts {
      let end = try host.end(by: SIGTERM)
      report.check(
        "netd of host \(host.name) ends when it is asked to", end == .exited(0), "\(String(describing: end))")
    }
    // As if it had been without a VLAN before.
    try hosts[0].run("ip", "link", "set", "wire0", "master", "br-outer")
    for (host, numbers) in zip(hosts, Self.numbers) {
      try host.configure(Self.networks(hosts: numbers, outer: 300))
      try host.start()
      let trunk = (name: "outv300", bridge: "br-outer", vlan: UInt16(300))
      report.check(
        "after a change of the configuration VLAN 300 is a port on host \(host.name)", try isTrunk(trunk, host))
      let old = try host.link("outv200")
      report.check("and VLAN 200 is none", old?.master ?? 0 == 0, "\(String(describing: old))")
      let wire = try host.link("wire0")
      report.check("nor is wire0 itself", wire?.master == 0, "\(String(describing: wire))")
    }
  }

  /// The guests end: nothing is left but spare ports.
  func leave(_ guests: Guests, _ limited: Guest, _ report: inout Report) throws {
    for guest in guests.lab + guests.outer + [limited] { guest.cable.unplug() }
    for host in hosts {
      try wait("all ports are free") {
        // The interface of the VLAN that was before is an orphan, to be removed when it is asked for.
        let audit = try host.ask(Audit(cursor: 0, fix: true)).body
        let left = try host.route.links().filter { $0.kind == "tun" && $0.alias != "procurator:spare" }
        return audit.active + audit.kept + audit.releasing == 0 && audit.findings.isEmpty && left.isEmpty
      }
      report.check("nothing is left of the guests of host \(host.name)", true)
      let old = try host.link("outv200")
      report.check("nor of the VLAN before", old == nil)
    }
  }
}
