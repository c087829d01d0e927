import Failure
import Glibc
import IPC
import Linux
import Netlink

/// What netd does to the kernel's interfaces: bridges and TAPs, named by slots only. Every function is idempotent.
final class Links {
  let layout: Layout
  private var route: RouteSocket
  /// Number of each bridge that is known to stand, by the first slot of its shard.
  private var bridges: [Int: Int32] = [:]

  /// Interfaces on their way out are put into this group ("pcrd" in ASCII) and deleted together.
  static let exitGroup: UInt32 = 0x7063_7264

  init(_ layout: Layout) throws(Failure) {
    self.layout = layout
    route = try RouteSocket()
  }

  /// All interfaces and all IPv4 addresses, as they are now.
  func snapshot() throws(Failure) -> (links: [Link], addresses: Set<InterfaceAddress>) {
    (try route.links(), Set(try route.addresses()))
  }

  // MARK: Bridges

  /// The number of a shard's bridge, which is made if it is missing.
  func bridge(of slot: Slot) throws(Failure) -> Int32 {
    let (network, shard, _) = layout.place(slot)
    if let known = bridges[layout.slots(network: network, shard: shard).lowerBound] { return known }
    return try ensureBridge(network: network, shard: shard)
  }

  /// Makes the bridge of a shard as it should be: there, up, with the gateway's addresses.
  @discardableResult
  func ensureBridge(network: Int, shard: Int) throws(Failure) -> Int32 {
    let name = layout.bridge(network: network, shard: shard)
    let gateway = layout.gateway(network: network, shard: shard)
    let key = layout.slots(network: network, shard: shard).lowerBound
    bridges[key] = nil
    do { try route.createBridge(name, LinkChange()) } catch let failure {
      if failure.errno != EEXIST { throw failure }
    }
    guard let link = try route.link(name), link.kind == "bridge" else {
      throw Failure(
        .exists, step: "make bridge", object: name, cause: "another interface has that name",
        cure: "remove it or write another Bridge= in netd.conf")
    }
    // Before it goes up: the kernel makes a link-local address at that moment.
    var quiet = LinkChange()
    quiet.mac = 0x0250 << 32 | UInt64(gateway)
    quiet.mtu = UInt32(layout.networks[network].mtu)
    quiet.alias = "procurator:bridge"
    quiet.isWithoutIPv6 = true
    try route.change(name, quiet)
    var on = LinkChange()
    on.isUp = true
    try route.change(name, on)
    let address = InterfaceAddress(index: link.index, address: gateway, prefix: Layout.shardPrefix)
    try route.addAddress(address, object: "\(IPv4.text(gateway))/24 to \(name)")
    bridges[key] = link.index
    return link.index
  }

  /// Whether an interface number is that of a bridge of ours.
  func isBridge(_ index: Int32) -> Bool { index != 0 && bridges.values.contains(index) }

  // MARK: TAPs

  /// Makes the TAP of a slot. Persistent last: what is cut off in the middle leaves nothing behind.
  func make(_ slot: Slot, _ tag: Tag) throws(Failure) -> Descriptor {
    let bridge = try bridge(of: slot)
    let tap = try open(slot)
    do {
      try TapDevice.setOwner(tap.raw, uid: 0)
      try route.change(layout.tap(slot), quiet(slot, tag))
      try route.change(layout.tap(slot), on(bridge))
      try TapDevice.makePersistent(tap.raw)
    } catch let error as Failure { throw error } catch { throw failure("make TAP", slot, error) }
    return tap
  }

  /// Attaches to a spare TAP and writes its new tag: one message.
  func take(_ slot: Slot, _ tag: Tag) throws(Failure) -> Descriptor {
    var change = on(try bridge(of: slot))
    change.alias = tag.text
    let tap = try open(slot)
    try route.change(layout.tap(slot), change)
    return tap
  }

  /// Attaches to the TAP of a lease again, undoing what its last holder may have done to it.
  func reopen(_ slot: Slot, _ tag: Tag) throws(Failure) -> Descriptor {
    guard exists(slot) else { return try make(slot, tag) }
    let bridge = try bridge(of: slot)
    let tap = try open(slot)
    do { try TapDevice.reset(tap.raw) } catch { throw failure("reset TAP", slot, error) }
    try route.change(layout.tap(slot), quiet(slot, tag))
    try route.change(layout.tap(slot), on(bridge))
    return tap
  }

  /// Writes another tag.
  func retag(_ slot: Slot, _ tag: Tag) throws(Failure) {
    var change = LinkChange()
    change.alias = tag.text
    try route.change(layout.tap(slot), change)
  }

  /// Enslaves the TAP to its bridge again.
  func rejoin(_ slot: Slot) throws(Failure) { try route.change(layout.tap(slot), on(try bridge(of: slot))) }

  func exists(_ slot: Slot) -> Bool { if_nametoindex(layout.tap(slot)) != 0 }

  /// Whether somebody holds the TAP. The carrier says so too, but a holder can fake that; attaching cannot be faked.
  func isHeld(_ slot: Slot) throws(Failure) -> Bool {
    // Attaching to a name that is not there would make an interface.
    guard exists(slot) else { return false }
    do { _ = try TapDevice.open(layout.tap(slot)) } catch {
      if error.code == EBUSY { return true }
      throw failure("probe TAP", slot, error)
    }
    return false
  }

  /// Deletes TAPs together: the kernel waits once instead of every time.
  func delete(_ slots: [Slot]) throws(Failure) {
    var change = LinkChange()
    change.group = Self.exitGroup
    var marked = 0
    for slot in slots {
      do {
        try route.change(layout.tap(slot), change)
        marked += 1
      } catch let failure { if failure.errno != ENODEV { throw failure } }
    }
    if marked > 0 { try route.deleteLinks(group: Self.exitGroup) }
  }

  private func open(_ slot: Slot) throws(Failure) -> Descriptor {
    do { return try TapDevice.open(layout.tap(slot)) } catch {
      if error.code == EBUSY {
        throw Failure(
          .exists, step: "attach port", object: layout.tap(slot), cause: "the port is in use: a process holds its TAP",
          cure: "end that process first", errno: EBUSY)
      }
      throw failure("open TAP", slot, error)
    }
  }

  private func quiet(_ slot: Slot, _ tag: Tag) -> LinkChange {
    var change = LinkChange()
    change.mac = layout.hostMAC(slot)
    change.mtu = UInt32(layout.networks[layout.place(slot).network].mtu)
    change.alias = tag.text
    change.group = 0
    change.isWithoutIPv6 = true
    return change
  }

  private func on(_ bridge: Int32) -> LinkChange {
    var change = LinkChange()
    change.master = bridge
    change.isUp = true
    return change
  }

  private func failure(_ step: String, _ slot: Slot, _ error: any Error) -> Failure {
    guard let number = error as? Errno else {
      return Failure(.internal, step: step, object: layout.tap(slot), cause: "\(error)")
    }
    return number.failure(step, layout.tap(slot), cure: number.code == ENOENT ? "load the module tun" : "")
  }
}
