import Failure
import IPC
import Netlink

/// Something that should not be, and since when it is known.
struct Finding: Hashable {
  let kind: FindingKind
  let interface: String
  let uid: UInt32
  let vm: VMIdentity
  var since: Int64

  init(_ kind: FindingKind, _ interface: String, _ owner: Owner?, now: Int64) {
    self.kind = kind
    self.interface = interface
    uid = owner?.uid ?? .max
    vm = owner?.vm ?? VMIdentity()
    since = now
  }
}

/// The kernel holds the truth: the panel is read from it at the start, and compared with it later.
extension Daemon {
  func reconcile(now: Int64) throws(Failure) {
    lastReconcile = now
    isStale = false
    let (all, addresses) = try links.snapshot()
    var found: [Finding] = []
    repairBridges(Dictionary(all.map { ($0.name, $0) }) { first, _ in first }, addresses, &found, now: now)
    var seen: Set<Int> = []
    for link in all {
      let tag = link.kind == "tun" ? Tag(link.alias) : nil
      if let slot = panel.layout.slot(tap: link.name) {
        seen.insert(slot.index)
        sort(link, tag, slot, &found, now: now)
      } else if let tag {
        found.append(Finding(.orphan, link.name, tag.owner, now: now))
      } else if links.isBridge(link.master) {
        found.append(Finding(.foreign, link.name, nil, now: now))
      }
    }
    for index in 0..<panel.layout.count where !seen.contains(index) { miss(Slot(index: index), &found, now: now) }
    for index in found.indices {
      let same = findings.first { old in
        old.kind == found[index].kind && old.interface == found[index].interface && old.uid == found[index].uid
      }
      found[index].since = same?.since ?? now
    }
    for finding in found where finding.since == now { log.write(.warning, "\(finding.kind): \(finding.interface)") }
    findings = found
  }

  /// Every bridge that has a port, and the first of each network, as it should be.
  private func repairBridges(
    _ names: [String: Link], _ addresses: Set<InterfaceAddress>, _ found: inout [Finding], now: Int64
  ) {
    for network in panel.layout.networks.indices {
      for shard in 0..<panel.layout.networks[network].shards {
        let name = panel.layout.bridge(network: network, shard: shard)
        let isUsed = panel.layout.slots(network: network, shard: shard).contains { panel[Slot(index: $0)] != .free }
        guard shard == 0 || isUsed || names[name] != nil else { continue }
        let gateway = panel.layout.gateway(network: network, shard: shard)
        if let link = names[name], link.isUp, links.isBridge(link.index),
          addresses.contains(InterfaceAddress(index: link.index, address: gateway, prefix: Layout.shardPrefix))
        {
          continue
        }
        do { try links.ensureBridge(network: network, shard: shard) } catch {
          found.append(Finding(.broken, name, nil, now: now))
          log.write(.error, "\(error)")
        }
      }
    }
  }

  /// An interface with the name of a slot.
  private func sort(_ link: Link, _ tag: Tag?, _ slot: Slot, _ found: inout [Finding], now: Int64) {
    switch panel[slot] {
    case .retiring: return
    case .spare, .leased:
      guard !links.isBridge(link.master) || !link.isUp else { return }
      do { try links.rejoin(slot) } catch { log.write(.error, "\(error)") }
    case .free, .foreign:
      switch tag {
      case .lease(let owner, let isKept):
        if restore(slot, owner, isKept, now: now) { return }
      case .spare:
        if links.isBridge(link.master), link.isUp,
          panel.spareCount(network: panel.layout.place(slot).network) < settings.spare
        {
          panel.set(slot, .spare)
        } else {
          retire(slot, now: now)
        }
        return
      case nil: break
      }
      panel.set(slot, .foreign)
      found.append(Finding(.orphan, link.name, tag?.owner, now: now))
    }
  }

  /// A lease that is written in the kernel; true if it could be taken over.
  private func restore(_ slot: Slot, _ owner: Owner, _ isKept: Bool, now: Int64) -> Bool {
    do {
      panel.set(slot, .free)
      try panel.lease(slot, to: owner, isKept: isKept, state: .releasing, now: now)
      panel.update(slot) { $0.lostAt = now }
      checks[slot.index] = now
      try check(slot, now: now)
      return true
    } catch {
      log.write(.warning, "\(error)")
      return panel.lease(slot) != nil
    }
  }

  /// A slot whose interface is not there.
  private func miss(_ slot: Slot, _ found: inout [Finding], now: Int64) {
    switch panel[slot] {
    case .free, .retiring: return
    case .spare, .foreign: panel.set(slot, .free)
    case .leased(let lease):
      guard lease.state != .kept else { return }
      found.append(Finding(.missing, panel.layout.tap(slot), lease.owner, now: now))
      panel.update(slot) { $0.lostAt = $0.lostAt ?? now }
      if checks[slot.index] == nil { checks[slot.index] = now + grace }
    }
  }
}

extension Tag {
  /// Whose lease it says, nil for a spare.
  var owner: Owner? { if case .lease(let owner, _) = self { owner } else { nil } }
}
