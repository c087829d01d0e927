import Failure
import Foundation
import Glibc
import IPC
import Linux
import Testing

@testable import NetworkPlan
@testable import netd

/// Bridges and guests' TAPs as netd makes them, behind a guard, in this thread's network namespace. The test holds the
/// TAPs: it is the guests, and the world outside.
final class World {
  /// A guest, by what it is.
  final class Guest {
    let slot: Slot
    let cable: Cable
    let mac: UInt64
    let address: UInt32
    let address6: IPv6Address?
    let linkLocal: IPv6Address
    let bridge: String
    let gateway: UInt32
    let gatewayMAC: UInt64

    init(_ layout: Layout, _ slot: Slot, _ cable: Cable, mac chosen: UInt64? = nil) {
      let (network, shard, _) = layout.place(slot)
      self.slot = slot
      self.cable = cable
      mac = chosen ?? layout.mac(slot)
      address = layout.address(slot)
      address6 = layout.address6(slot)
      linkLocal = Layout.linkLocal(mac)
      bridge = layout.bridge(network: network, shard: shard)
      gateway = layout.gateway(network: network, shard: shard)
      gatewayMAC = 0x0250 << 32 | UInt64(gateway)
    }
  }

  static let outsideMAC: UInt64 = 0x02aa_0000_0002
  static let outside: UInt32 = 0xc000_0202
  static let host: UInt32 = 0xc000_0201
  static let hostMAC: UInt64 = 0x02aa_0000_0001

  let layout: Layout
  let guarding: Guard
  let links: Links
  /// Stands for everything behind the host's default route: 192.0.2.2, where the host is 192.0.2.1.
  let outside: Cable
  private var sequence: UInt16 = 0

  init(_ networks: [Network]) throws {
    try Self.stayOnOneProcessor()
    for way in ["all", "default"] {
      for setting in ["accept_dad", "accept_ra"] {
        Self.write("0", "/proc/sys/net/ipv6/conf/\(way)/\(setting)")
      }
    }
    Self.write("1", "/proc/sys/net/ipv6/conf/all/forwarding")
    outside = Cable("up0", try TapDevice.open("up0"))
    let mac = Layout.text(mac: Self.hostMAC)
    try Self.ip("link", "set", "lo", "up")
    try Self.ip("link", "set", "up0", "address", mac, "up")
    try Self.ip("address", "add", "192.0.2.1/24", "dev", "up0")
    try Self.neighbour(Self.outside, Self.outsideMAC, "up0")
    try Self.ip("route", "add", "default", "via", "192.0.2.2")
    Self.write("1", "/proc/sys/net/ipv4/conf/up0/forwarding")
    var measured = networks
    for index in measured.indices { measured[index].mtu = 1500 }
    layout = Layout(measured)
    guarding = try Guard(layout)
    links = try Links(layout, guarding)
    try fenceOutside()
  }

  /// Plugs a guest in.
  /// - Parameter mac: the hardware address that its owner has chosen; nil for the slot's own.
  func guest(_ host: Int, network: Int = 0, shard: Int = 0, mac: UInt64? = nil) throws -> Guest {
    let slot = try #require(layout.slot(network: network, shard: shard, host: host))
    let owner = Owner(uid: 0, vm: VMIdentity(high: 1, low: UInt64(host)), nic: 0)
    let tag = mac.map { Tag.lease(owner, LeaseTag(isKept: true, mac: $0)) } ?? .spare
    let guest = Guest(layout, slot, Cable(layout.tap(slot), try links.make(slot, tag)), mac: mac)
    try guarding.set(slot, PortRules(mac: mac))
    if layout.networks[network].mode != .external {
      try Self.neighbour(guest.address, guest.mac, guest.bridge)
      try fence(guest)
    }
    return guest
  }

  // MARK: Watching

  /// Sends a frame and says whether it reaches another cable. An echo from the gateway, asked for after it, tells that it
  /// has been dealt with.
  func crosses(_ frame: [UInt8], from: Guest, to: Cable, as isIt: ((EthernetFrame) -> Bool)? = nil) throws -> Bool {
    try from.cable.send(frame)
    try fence(from)
    return try reached(to, isIt ?? { $0.isSame(as: frame) })
  }

  /// Whether something that has been dealt with has reached a cable.
  func reached(_ cable: Cable, _ isIt: (EthernetFrame) -> Bool) throws -> Bool {
    var found = false
    while let frame = try cable.receive(milliseconds: 0) { found = found || isIt(frame) }
    return found
  }

  /// Waits until the host has dealt with everything that a guest has sent.
  /// - Returns: What has come meanwhile.
  @discardableResult
  func fence(_ guest: Guest) throws -> [EthernetFrame] {
    try fence(
      guest.cable,
      { Frames.echo(to: guest.gatewayMAC, from: guest.mac, guest.address, guest.gateway, sequence: $0) })
  }

  /// Waits until the host has dealt with everything that the outside has sent.
  func fenceOutside() throws {
    _ = try fence(
      outside,
      { Frames.echo(to: Self.hostMAC, from: Self.outsideMAC, Self.outside, Self.host, sequence: $0) })
  }

  /// Asks again: an interface that has just come up throws packets away until the kernel has noticed.
  private func fence(_ cable: Cable, _ echo: (UInt16) -> [UInt8]) throws -> [EthernetFrame] {
    for _ in 0..<20 {
      sequence += 1
      let wanted = UInt64(sequence)
      try cable.send(echo(sequence))
      if let frames = try cable.frames(until: { $0.ipv4?.transport == 1 && $0.number(40, 2) == wanted }, seconds: 1) {
        return frames
      }
    }
    throw Failure(.timeout, operation: "wait for an echo", object: cable.name, cause: "the host does not answer")
  }

  /// A frame of the outside to an address behind or of the host.
  func send(tcp ports: (UInt16, UInt16), to address: UInt32, flags: UInt8 = 2) throws {
    try outside.send(
      Frames.tcp(to: Self.hostMAC, from: Self.outsideMAC, Self.outside, address, ports: ports, flags: flags))
  }

  func dropped(_ rule: String) throws -> UInt64 {
    try #require(try guarding.dropped().first { $0.rule == rule }, "there is no counter \(rule)").packets
  }

  // MARK: The namespace

  static func neighbour(_ address: UInt32, _ mac: UInt64, _ link: String) throws {
    try ip(
      "neighbour", "replace", IPv4.text(address), "lladdr", Layout.text(mac: mac), "dev", link, "nud", "permanent")
  }

  static func ip(_ words: String...) throws { try run(["/usr/sbin/ip"] + words) }

  static func nft(_ words: String...) throws { try run(["/usr/sbin/nft"] + words) }

  /// Frames that are sent one after the other are dealt with in that order on one processor only.
  private static func stayOnOneProcessor() throws {
    let thread = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
    let status = try String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8)
    let allowed = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") } ?? ""
    let first = allowed.drop { !$0.isNumber }.prefix { $0.isNumber }
    try run(["/usr/bin/taskset", "-p", "-c", String(first), String(thread.split(separator: "/").last ?? "")])
  }

  static func run(_ words: [String]) throws {
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    defer { close(null) }
    let process = try ProcessHandle.spawn(
      words[0], arguments: words, environment: [], descriptors: [(null, 0), (null, 1), (2, 2)])
    let end = try process.reap(blocking: true)
    guard end == .exited(0) else { throw Failure(.system, operation: "run \(words)", cause: "it ended: \(end as Any)") }
  }

  /// Writes a setting of the namespace of this thread.
  static func set(_ text: String, _ path: String) throws {
    let file = try Files.open(path, O_RDWR)
    try Files.writeAll(Array(text.utf8), to: file.raw)
  }

  private static func write(_ text: String, _ path: String) {
    let file = open(path, O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    _ = Glibc.write(file, text, text.utf8.count)
    close(file)
  }
}
