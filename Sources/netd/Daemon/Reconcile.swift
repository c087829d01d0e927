import Failure
import IPC
import Netlink
import NetworkPlan

/// The kernel holds the truth: the panel is read from it at the start, and compared with it later.
extension Daemon {
  func reconcile(now: Int64) throws(Failure) {
    let snapshot = try links.snapshot()
    let isFirst = lastReconcile == 0
    if isFirst { links.adoptRates(snapshot) }
    lastReconcile = now
    isStale = false
    suspects = []
    slots = [:]
    var found: [Finding] = []
    let made = repairBridges(snapshot, &found, now: now)
    attempt("open the ways out") { () throws(Failure) in
      for name in try links.openUplinks(snapshot) {
        tell(name, "it did not forward packets any more; netd has switched that on again", now: now)
      }
    }
    var seen: Set<Int> = []
    let trunks = Set(panel.layout.networks.indices.flatMap { panel.layout.trunks(network: $0) })
    for link in snapshot.links {
      let tag = link.kind == "tun" ? Tag(link.alias) : nil
      if let slot = panel.layout.slot(tap: link.name) {
        seen.insert(slot.index)
        slots[link.index] = slot
        sort(link, tag, slot, &found, now: now)
        compare(link, slot, snapshot, made, now: now)
      } else if let tag {
        found.append(Finding(.orphan, link.name, tag.owner, now: now))
      } else if isLeftOver(link, trunks) {
        found.append(Finding(.orphan, link.name, nil, now: now))
      } else if links.isBridge(link.master), !trunks.contains(link.name) {
        found.append(Finding(.foreign, link.name, nil, now: now))
      }
    }
    for index in 0..<panel.layout.count where !seen.contains(index) { miss(Slot(index: index), &found, now: now) }
    found += blockers()
    found += unguarded(now: now)
    found = found.knownSince(findings)
    for finding in found where finding.since == now {
      log.write(.warning, "\(finding.kind): \(finding.interface)\(finding.detail.isEmpty ? "" : ": " + finding.detail)")
    }
    findings = found
  }

  /// Every bridge that has a port, and the first of each network, as it should be.
  /// - Returns: The numbers of those that were made, again or for the first time.
  private func repairBridges(_ snapshot: Links.Snapshot, _ found: inout [Finding], now: Int64) -> Set<Int32> {
    var made: Set<Int32> = []
    for network in panel.layout.networks.indices {
      for shard in 0..<panel.layout.networks[network].shards {
        let name = panel.layout.bridge(network: network, shard: shard)
        let isUsed = panel.layout.slots(network: network, shard: shard).contains { panel[Slot(index: $0)] != .free }
        guard shard == 0 || isUsed || snapshot.byName[name] != nil else { continue }
        let known = links.known(network: network, shard: shard)
        let faults = links.faults(network: network, shard: shard, snapshot)
        let isSame = known != nil && snapshot.byName[name]?.index == known?.index
        if isSame, faults.isEmpty { continue }
        do {
          let index = try links.ensureBridge(network: network, shard: shard)
          if !isSame { made.insert(index) }
          // What was never right before is nobody's doing.
          guard known?.isWhole == true else { continue }
          let words = faults.isEmpty ? "was another interface" : faults.joined(separator: ", ")
          tell(name, "it \(words); netd has put it right", now: now)
        } catch {
          found.append(Finding(.broken, name, nil, "\(error)", now: now))
        }
      }
    }
    return made
  }

  /// An interface with the name of a slot.
  private func sort(_ link: Link, _ tag: Tag?, _ slot: Slot, _ found: inout [Finding], now: Int64) {
    switch panel[slot] {
    case .retiring, .spare, .leased: return
    case .free, .foreign:
      switch tag {
      case .lease(let owner, let lease):
        if restore(slot, owner, lease, now: now) { return }
      case .spare:
        if links.isBridge(link.master), link.isUp, link.port == links.port(slot),
          panel.spareCount(network: panel.layout.place(slot).network) < settings.spare
        {
          panel.set(slot, .spare)
        } else {
          retire(slot, now: now)
        }
        return
      case .retired:
        retire(slot, now: now)
        return
      case nil: break
      }
      panel.set(slot, .foreign)
      found.append(Finding(tag == nil ? .foreign : .orphan, link.name, tag?.owner, now: now))
    }
  }

  /// A lease that is written in the kernel; true if it could be taken over.
  private func restore(_ slot: Slot, _ owner: Owner, _ lease: LeaseTag, now: Int64) -> Bool {
    do {
      panel.set(slot, .free)
      try panel.lease(slot, to: owner, lease, state: .releasing, now: now, isOld: true)
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
    let name = panel.layout.tap(slot)
    switch panel[slot] {
    case .free, .retiring: return
    case .foreign: panel.set(slot, .free)
    case .spare:
      panel.set(slot, .free)
      tell(name, "it was removed; netd makes others", now: now)
    case .leased(let lease):
      if lease.state != .kept, !lease.isGivenBack {
        if !lease.isSevered {
          tell(name, "it was removed; who holds it is cut off until it is attached again", lease.owner, now: now)
        }
        panel.update(slot) { lease in
          lease.isSevered = true
          lease.lostAt = lease.lostAt ?? now
        }
        if checks[slot.index] == nil { checks[slot.index] = now + grace }
      }
      // netd cannot see whether its holder has ended: that is told by giving it back, or by attaching it again.
      guard panel.lease(slot)?.isSevered == true else { return }
      found.append(Finding(.missing, name, lease.owner, Audit.Finding.cutOff, now: now))
    }
  }
}
