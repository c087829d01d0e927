import Failure
import Glibc
import IPC
import Linux
import Netlink
import NetworkPlan

/// What netd does to the kernel's interfaces: bridges and TAPs, named by slots only. Every function is idempotent.
final class Links {
  let layout: Layout
  let guarding: Guard
  /// Interfaces besides that of the default route by which guests' packets leave and answers come.
  let uplinks: [String]
  var route: RouteSocket
  /// What guests may receive, bytes per second; none of those without a limit.
  var rates: [Slot: UInt64] = [:]
  /// What the kernel has told last of what interfaces may send, by their numbers.
  var seenRates: [Int32: UInt64] = [:]
  /// Whether netd may say of an interface that it is to have no IPv6.
  let canWithdrawIPv6: Bool
  /// Interfaces to the outside that let packets pass since netd has seen to it, by their numbers.
  var waysOpen: Set<Int32> = []
  /// Number of each bridge that is known to stand, and whether its trunks do too, by the first slot of its shard.
  private var bridges: [Int: (index: Int32, isWhole: Bool)] = [:]

  /// Interfaces on their way out are put into this group ("pcrd" in ASCII) and deleted together.
  static let exitGroup: UInt32 = 0x7063_7264

  init(_ layout: Layout, _ guarding: Guard, uplinks: [String] = []) throws(Failure) {
    self.layout = layout
    self.uplinks = uplinks
    self.guarding = guarding
    route = try RouteSocket()
    canWithdrawIPv6 = (try? Files.open(Self.ipv6Switch("default"), O_RDWR)) != nil
  }

  /// Interfaces and addresses, as they were at one time.
  struct Snapshot {
    let links: [Link]
    let byName: [String: Link]
    let addresses: Set<InterfaceAddress>
    let addresses6: Set<InterfaceAddress6>
    /// Subnets that are reached by our bridges, and where these know guests to be.
    let subnets: Set<InterfaceAddress>
    let located: Set<ForwardingEntry>
  }

  func snapshot() throws(Failure) -> Snapshot {
    let links = try route.links()
    let hasIPv6 = layout.networks.contains { $0.prefix6 != nil }
    var (subnets, located): (Set<InterfaceAddress>, Set<ForwardingEntry>) = ([], [])
    for link in links where link.bridge != nil && layout.hasBridge(link.name) {
      subnets.formUnion(try route.subnets(of: link.index))
      located.formUnion(try route.forwarding(bridge: link.index))
    }
    seenRates = try route.shapings()
    return Snapshot(
      links: links, byName: Dictionary(links.map { ($0.name, $0) }) { first, _ in first },
      addresses: Set(try route.addresses()), addresses6: hasIPv6 ? Set(try route.addresses6()) : [],
      subnets: subnets, located: located)
  }

  // MARK: Bridges

  /// The number of a shard's bridge, which is made if it is missing.
  func bridge(of slot: Slot) throws(Failure) -> Int32 {
    let (network, shard, _) = layout.place(slot)
    let known = bridges[layout.slots(network: network, shard: shard).lowerBound]
    if let known, known.isWhole { return known.index }
    return try ensureBridge(network: network, shard: shard)
  }

  func forgetBridge(network: Int, shard: Int) {
    bridges[layout.slots(network: network, shard: shard).lowerBound] = nil
  }

  func noteBridge(network: Int, shard: Int, _ index: Int32, isWhole: Bool) {
    bridges[layout.slots(network: network, shard: shard).lowerBound] = (index, isWhole)
  }

  /// The number of a shard's bridge, and whether its trunks stand; nil if it is not known to stand.
  func known(network: Int, shard: Int) -> (index: Int32, isWhole: Bool)? {
    bridges[layout.slots(network: network, shard: shard).lowerBound]
  }

  func bridgeIndex(network: Int, shard: Int) -> Int32? { known(network: network, shard: shard)?.index }

  /// Whether an interface number is that of a bridge of ours.
  func isBridge(_ index: Int32) -> Bool { index != 0 && bridges.values.contains { $0.index == index } }

  // MARK: TAPs

  /// Makes the TAP of a slot. Persistent last: what is cut off in the middle leaves nothing behind.
  func make(_ slot: Slot, _ tag: Tag) throws(Failure) -> Descriptor {
    let bridge = try bridge(of: slot)
    let tap = try open(slot)
    do {
      try TapDevice.setOwner(tap.raw, uid: 0)
      try route.change(layout.tap(slot), quiet(slot, tag))
      withdrawIPv6(slot)
      try join(slot, bridge, tag)
      try TapDevice.makePersistent(tap.raw)
    } catch let error as Failure { throw error } catch { throw failure("make TAP", slot, error) }
    return tap
  }

  /// Attaches to a spare TAP and writes its new tag: one message.
  func take(_ slot: Slot, _ tag: Tag) throws(Failure) -> Descriptor {
    // A deletion that was cut off may have left it in the group of those that go.
    let change = LinkChange(isUp: true, master: try bridge(of: slot), alias: tag.text, group: 0)
    let tap = try open(slot)
    try route.change(layout.tap(slot), change)
    return tap
  }

  /// Attaches to the TAP of a lease again, undoing what its last holder may have done to it.
  /// - Parameter former: its tag so far: of a guest with another hardware address the bridge knows nothing any more.
  func reopen(_ slot: Slot, _ tag: Tag, _ former: Tag?) throws(Failure) -> Descriptor {
    guard exists(slot) else {
      let tap = try make(slot, tag)
      if let rate = rates[slot] { try shape(slot, bytesPerSecond: rate) }
      return tap
    }
    let bridge = try bridge(of: slot)
    let tap = try open(slot)
    do { try TapDevice.reset(tap.raw) } catch { throw failure("reset TAP", slot, error) }
    if let former, former.mac != tag.mac { try unplug(slot) }
    try route.change(layout.tap(slot), quiet(slot, tag))
    try join(slot, bridge, tag)
    return tap
  }

  /// Writes another tag.
  func retag(_ slot: Slot, _ tag: Tag) throws(Failure) {
    try route.change(layout.tap(slot), LinkChange(alias: tag.text))
  }

  /// Enslaves the TAP to its bridge again.
  func rejoin(_ slot: Slot, _ tag: Tag) throws(Failure) {
    let bridge = try bridge(of: slot)
    // Down until it is a port of the right kind.
    try route.change(layout.tap(slot), LinkChange(isUp: false))
    try join(slot, bridge, tag)
  }

  /// What a port of the bridge may do. It learns nothing and gets nothing by flooding: where the guest is stands in a
  /// static entry, so that no frame can move an address to another port.
  func port(_ slot: Slot) -> BridgePort {
    let network = layout.networks[layout.place(slot).network]
    var port = BridgePort(isIsolated: !network.arePeersAllowed, isLearning: false, isFlooded: false)
    // What is for the guest itself goes back to it, and nothing else: see the chain forward of the ruleset.
    port.isHairpin = true
    return port
  }

  /// Limits what the guest may receive; 0 for no limit.
  func shape(_ slot: Slot, bytesPerSecond: UInt64) throws(Failure) {
    let index = Int32(bitPattern: if_nametoindex(layout.tap(slot)))
    if index != 0 {
      try route.shape(layout.tap(slot), bytesPerSecond: bytesPerSecond)
      seenRates[index] = bytesPerSecond
    }
    rates[slot] = bytesPerSecond == 0 ? nil : bytesPerSecond
  }

  private func join(_ slot: Slot, _ bridge: Int32, _ tag: Tag) throws(Failure) {
    var change = LinkChange(isUp: true, master: bridge)
    change.port = port(slot)
    try route.change(layout.tap(slot), change)
    try enter(slot, layout.mac(slot, tag))
  }

  /// Enters into the bridge where a guest is.
  func enter(_ slot: Slot, _ mac: UInt64) throws(Failure) {
    let entry = ForwardingEntry(mac: mac, port: Int32(if_nametoindex(layout.tap(slot))))
    try route.addForwarding(entry, object: layout.tap(slot))
  }

  /// Gives a TAP its own hardware address again, not its guest's, which is entered into the bridge.
  func readdress(_ slot: Slot, _ mac: UInt64) throws(Failure) {
    try route.change(layout.tap(slot), LinkChange(mac: layout.hostMAC(slot)))
    try enter(slot, mac)
  }

  /// Takes a TAP out of its bridge, down.
  func unplug(_ slot: Slot) throws(Failure) {
    try route.change(layout.tap(slot), LinkChange(isUp: false, master: 0))
  }

  /// Takes the host's own IPv6 off a TAP. At every change of a carrier the kernel goes through the routes of all TAPs that
  /// have it. Netlink cannot say this; where the file cannot be written that is slower, and the ruleset drops what would
  /// come in (chain raw).
  func withdrawIPv6(_ slot: Slot) {
    guard canWithdrawIPv6, let file = try? Files.open(Self.ipv6Switch(layout.tap(slot)), O_RDWR) else { return }
    _ = try? Files.writeAll([UInt8(ascii: "1")], to: file.raw)
  }

  private static func ipv6Switch(_ name: String) -> String { "/proc/sys/net/ipv6/conf/\(name)/disable_ipv6" }

  /// Removes an interface of ours that no slot or configuration knows; false if it is a TAP that somebody holds.
  func remove(orphan name: String) throws(Failure) -> Bool {
    guard let link = try route.link(name), link.alias.hasPrefix("procurator:") else { return false }
    if link.kind == "bridge", try route.links(of: link.index).isEmpty == false { return false }
    if link.kind == "tun" {
      do { try TapDevice.probe(name) } catch { return false }
    }
    try route.deleteLink(index: link.index)
    return true
  }

  /// The chains in which packets can be dropped.
  func baseChains() throws(Failure) -> [BaseChain] {
    var netfilter = try NetfilterSocket()
    return try netfilter.baseChains()
  }

  /// Whether an interface of the host has a hardware address. A TAP of ours has what its holder gives it.
  func isOfHost(_ mac: UInt64) throws(Failure) -> Bool {
    try route.links().contains { $0.mac == mac && layout.slot(tap: $0.name) == nil }
  }

  /// The hardware addresses that owners have chosen, as the aliases of TAPs say.
  static func macs(_ layout: Layout) throws(Failure) -> [Slot: UInt64] {
    var route = try RouteSocket()
    var macs: [Slot: UInt64] = [:]
    for link in try route.links() where link.kind == "tun" {
      if let slot = layout.slot(tap: link.name), let mac = Tag(link.alias)?.mac { macs[slot] = mac }
    }
    return macs
  }

  func exists(_ slot: Slot) -> Bool { if_nametoindex(layout.tap(slot)) != 0 }

  /// Whether somebody holds the TAP. The carrier says so too, but a holder can fake that; attaching cannot be faked.
  func isHeld(_ slot: Slot) throws(Failure) -> Bool {
    // Attaching to a name that is not there would make an interface.
    guard exists(slot) else { return false }
    do { try TapDevice.probe(layout.tap(slot)) } catch {
      if error.code == EBUSY { return true }
      throw failure("probe TAP", slot, error)
    }
    return false
  }

  /// Deletes TAPs together: the kernel waits once instead of every time.
  func delete(_ slots: [Slot]) throws(Failure) {
    let change = LinkChange(group: Self.exitGroup)
    var marked = 0
    for slot in slots {
      do {
        try route.change(layout.tap(slot), change)
        marked += 1
      } catch let failure { if failure.errno != ENODEV { throw failure } }
    }
    if marked > 0 { try route.deleteLinks(group: Self.exitGroup) }
    for slot in slots { rates[slot] = nil }
  }

  private func open(_ slot: Slot) throws(Failure) -> Descriptor {
    do { return try TapDevice.open(layout.tap(slot)) } catch {
      if error.code == EBUSY {
        throw Failure(
          .exists, operation: "attach port", object: layout.tap(slot),
          cause: "the port is in use: a process holds its TAP",
          remedy: "end that process first", errno: EBUSY)
      }
      throw failure("open TAP", slot, error)
    }
  }

  private func quiet(_ slot: Slot, _ tag: Tag) -> LinkChange {
    let mtu = UInt32(layout.networks[layout.place(slot).network].mtu)
    return LinkChange(alias: tag.text, group: 0, mtu: mtu, mac: layout.hostMAC(slot), hasLinkLocal: false)
  }

  private func failure(_ operation: String, _ slot: Slot, _ error: any Error) -> Failure {
    guard let number = error as? Errno else {
      return Failure(.internal, operation: operation, object: layout.tap(slot), cause: "\(error)")
    }
    return number.failure(operation, layout.tap(slot), remedy: number.code == ENOENT ? "load the module tun" : "")
  }
}
