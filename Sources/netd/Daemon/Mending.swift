import Failure
import IPC
import Netlink
import NetworkPlan

/// What belongs to netd is compared with what is there, and made so again.
extension Daemon {
  /// Milliseconds between two looks at the guard, should somebody change it again and again.
  static let guardRest: Int64 = 200
  /// Most differences that one sentence names.
  private static let named = 4

  // MARK: The guard

  /// Looks whether the guard is what netd has loaded, and loads it again if it is not.
  /// - Parameter isThorough: Whether to look though the kernel says that nobody has changed anything.
  func checkGuard(_ now: Int64, isThorough: Bool = false) {
    do {
      let differences = try guarding.differences(isThorough: isThorough)
      (guardDue, guardSeenAt, guardFailure) = (nil, now, nil)
      guard !differences.isEmpty else { return }
      let words = differences.prefix(Self.named).joined(separator: "; ")
      let others = differences.count > Self.named ? "; and \(differences.count - Self.named) more" : ""
      tell("nftables", "all of netd's rules are loaded again: \(words)\(others)", now: now)
    } catch {
      log.write(.error, "check the guard: \(error)")
      (guardDue, guardFailure) = (now + 500, error)
    }
  }

  /// The finding that the guard is not as it should be.
  func unguarded(now: Int64) -> [Finding] {
    guardFailure.map { [Finding(.broken, "nftables", nil, "guests are not guarded: \($0)", now: now)] } ?? []
  }

  // MARK: TAPs

  /// What the kernel says of an interface; whether it is as it should be is looked at later, when netd is through with it.
  func look(at link: Link) {
    if let slot = panel.layout.slot(tap: link.name) {
      slots[link.index] = slot
      guard let tag = panel.tag(of: slot), link.mac == panel.layout.hostMAC(slot) else { return }
      if !links.faults(link, slot, tag, isLocated: true, rate: links.rates[slot] ?? 0).isEmpty {
        suspects.insert(slot.index)
      }
    } else if let (network, shard) = panel.layout.bridgePlace(link.name), links.isBridge(link.index) {
      if !links.faults(of: link, network: network, shard: shard).isEmpty { isStale = true }
    } else if let network = panel.layout.network(trunk: link.name), !isBroken {
      let isFine =
        link.isUp && links.isBridge(link.master) && link.port == links.trunkPort(panel.layout.networks[network])
      isStale = isStale || !isFine
    }
  }

  /// Reads one TAP and puts it right.
  func inspect(_ slot: Slot, now: Int64) throws(Failure) {
    guard let tag = panel.tag(of: slot), let (link, faults) = try links.faults(slot, tag) else { return }
    try mend(link, slot, tag, faults, now: now)
  }

  /// The same with what was read of all of them.
  /// - Parameter made: Bridges that have just been made: what belongs in them is plugged in without a word.
  func compare(_ link: Link, _ slot: Slot, _ found: Links.Snapshot, _ made: Set<Int32>, now: Int64) {
    guard let tag = panel.tag(of: slot) else { return }
    let entry = ForwardingEntry(mac: panel.layout.mac(slot, tag), port: link.index)
    let faults = links.faults(
      link, slot, tag, isLocated: found.located.contains(entry), rate: links.seenRates[link.index] ?? 0)
    let (network, shard, _) = panel.layout.place(slot)
    let isNew = links.bridgeIndex(network: network, shard: shard).map { made.contains($0) } ?? false
    attempt("compare port") { () throws(Failure) in
      try mend(link, slot, tag, faults, isSilent: isNew, now: now)
    }
  }

  private func mend(
    _ link: Link, _ slot: Slot, _ tag: Tag, _ faults: [TapFault], isSilent: Bool = false, now: Int64
  ) throws(Failure) {
    // Taken out for good until it is attached again: see `expel`.
    guard !faults.isEmpty, link.mac == panel.layout.hostMAC(slot) else { return }
    try links.mend(slot, tag, faults)
    guard !isSilent else { return }
    let words = faults.map(\.text).joined(separator: ", ")
    tell(link.name, "it \(words); netd has put it right", panel.lease(slot)?.owner, now: now)
  }
}
