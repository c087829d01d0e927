package import Failure
package import IPC

/// A port of the host.
package struct HostPort: Hashable, Sendable, Comparable {
  /// TCP or UDP.
  package let transport: Transport
  /// Its number.
  package let number: UInt16

  /// Names one.
  package init(transport: Transport, number: UInt16) {
    self.transport = transport
    self.number = number
  }

  /// By number, then by transport.
  package static func < (one: HostPort, other: HostPort) -> Bool {
    (one.number, one.transport.rawValue) < (other.number, other.transport.rawValue)
  }
}

/// Which port of the host leads to which slot. A value: no I/O.
package struct HostPorts: Sendable {
  /// Where a port leads.
  package struct Target: Hashable, Sendable {
    /// Whose it is.
    package let slot: Slot
    /// Port of the guest.
    package let guestPort: UInt16

    /// Names one.
    package init(slot: Slot, guestPort: UInt16) {
      self.slot = slot
      self.guestPort = guestPort
    }
  }

  /// Where a free one is looked for when none is asked for.
  package let range: PortRange
  /// All that lead somewhere.
  package private(set) var targets: [HostPort: Target] = [:]
  private var cursor = 0

  /// None lead anywhere yet.
  package init(_ range: PortRange) { self.range = range }

  /// How many of the range are taken, over all transports, and how many there are.
  package var used: Int { targets.keys.count { range.contains($0.number) } }
  /// How many the range has, over all transports.
  package var most: Int { 2 * (Int(range.last) - Int(range.first) + 1) }

  /// Those that lead to a slot.
  package func ports(of slot: Slot) -> [HostPort] { targets.filter { $0.value.slot == slot }.map(\.key) }

  /// The port for a forward: one that leads there already, the wanted one, or the next free one, of those permitted.
  package mutating func choose(
    _ target: Target, _ transport: Transport, wanted: UInt16, within permitted: [PortRange]
  ) throws(Failure) -> HostPort {
    let name = transport == .tcp ? "tcp" : "udp"
    if wanted == 0 {
      let own = targets.filter { entry in
        entry.value == target && entry.key.transport == transport
          && permitted.contains { $0.contains(entry.key.number) }
      }
      if let same = own.keys.min() { return same }
      let count = Int(range.last) - Int(range.first) + 1
      for distance in 0..<count {
        let offset = (cursor + distance) % count
        let port = HostPort(transport: transport, number: range.first + UInt16(offset))
        guard targets[port] == nil, permitted.contains(where: { $0.contains(port.number) }) else { continue }
        cursor = offset + 1
        return port
      }
      throw Failure(
        .exhausted, operation: "forward port", object: "\(name) \(range.first)-\(range.last)",
        cause: "every port of the range that you may use is taken",
        remedy: "close forwards or widen ForwardPorts= in netd.conf")
    }
    let port = HostPort(transport: transport, number: wanted)
    guard permitted.contains(where: { $0.contains(wanted) }) else {
      let ranges = permitted.map { "\($0.first)-\($0.last)" }.joined(separator: " ")
      throw Failure(
        .denied, operation: "forward port", object: "\(name) \(wanted)",
        cause: "ports that may be forwarded: \(ranges.isEmpty ? "none" : ranges)",
        remedy: "choose one of them, or have root add it to FixedForwardPorts= in netd.conf")
    }
    guard targets[port] == nil || targets[port] == target else {
      throw Failure(
        .exists, operation: "forward port", object: "\(name) \(wanted)", cause: "it is forwarded to another port",
        remedy: "choose another one, or 0 for any")
    }
    return port
  }

  /// Says where a port leads; nil for nowhere.
  package mutating func set(_ port: HostPort, _ target: Target?) { targets[port] = target }

  /// Ends all that lead to a slot.
  package mutating func clear(_ slot: Slot) { targets = targets.filter { $0.value.slot != slot } }
}
