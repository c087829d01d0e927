import Failure
import Linux
import Netlink
import NetworkPlan

/// Work that no request waits for: a little of it in every turn of the loop.
extension Daemon {
  /// Most leases that one round looks at.
  static let roundSize = 64
  /// Most ports that one turn looks at, however many lose their holders at once.
  static let checkSize = 4

  /// When the next work is due.
  func nextMaintenance(_ now: Int64) -> Int64 {
    if refillNetwork(now) != nil { return now }
    var due = isStale ? max(now, staleAfter) : suspects.isEmpty ? nextRound : min(nextRound, inspectAfter)
    if let guardDue { due = min(due, guardDue) }
    for time in checks.values { due = min(due, time) }
    if let flush = exits.nextFlush(askedAt: askedAt) { due = min(due, flush) }
    return due
  }

  func maintain(_ now: Int64) {
    if let due = guardDue, now >= due { checkGuard(now) }
    if isStale, now >= staleAfter {
      // Should it fail, it is tried again.
      staleAfter = now + 500
      attempt("look at the interfaces") { () throws(Failure) in
        defer { isStale = lastReconcile != now }
        try reconcile(now: now)
        staleAfter = now
      }
    }
    if !isStale, now >= inspectAfter {
      for index in suspects.prefix(Self.checkSize) {
        suspects.remove(index)
        attempt("compare port") { () throws(Failure) in try inspect(Slot(index: index), now: now) }
      }
      // A port that is made, given and taken back is told of ten times; it is looked at once, and not while others wait.
      if suspects.isEmpty { inspectAfter = now + 10 }
    }
    for (index, _) in checks.lazy.filter({ $0.value <= now }).prefix(Self.checkSize) {
      checks[index] = nil
      attempt("check port") { () throws(Failure) in try check(Slot(index: index), now: now) }
    }
    if now >= nextRound {
      nextRound = now + grace
      attempt("check ports in turn") { () throws(Failure) in try round(now) }
      checkGuard(now)
      // The code of the start is a third of all that netd has in memory.
      if !isSettled { Memory.releaseCode() }
      isSettled = true
      // An uplink may have come, or be free now.
      isStale = isStale || isBroken
    }
    if let flush = exits.nextFlush(askedAt: askedAt), now >= flush { self.flush(now) }
    if let network = refillNetwork(now) { refill(network, now) }
  }

  func attempt(_ what: String, _ body: () throws(Failure) -> Void) {
    do { try body() } catch { log.write(.error, "\(what): \(error)") }
  }

  // MARK: Reclaiming

  /// What the kernel tells about an interface. It is a hint; what counts is the probe that it causes.
  func notice(_ event: LinkEvent, now: Int64) {
    switch event {
    case .overrun: isStale = true
    case .changed(let link):
      look(at: link)
      expel(link, now: now)
      // Before it is switched on it has none, whoever holds it.
      guard link.isUp, !link.hasCarrier, let slot = panel.layout.slot(tap: link.name), let lease = panel.lease(slot),
        lease.state == .active, checks[slot.index] == nil
      else { return }
      panel.update(slot) { $0.lostAt = $0.lostAt ?? now }
      checks[slot.index] = now + grace
    case .concerns(let index):
      if let slot = slots[index] {
        suspects.insert(slot.index)
      } else if links.isBridge(index) || links.waysOpen.contains(index) {
        isStale = true
      }
    case .shaped(let index, let rate):
      links.seenRates[index] = rate
      if let slot = slots[index], rate != links.rates[slot] ?? 0 { suspects.insert(slot.index) }
    case .located(let mac):
      if let slot = panel.slot(mac: mac) { suspects.insert(slot.index) }
    case .routed(let address):
      if panel.layout.network(containing: address) != nil { isStale = true }
    case .removed(let link):
      slots[link.index] = nil
      links.seenRates[link.index] = nil
      if links.isBridge(link.index) {
        isStale = true
      } else if panel.layout.isTrunk(link.name) {
        // What cannot be mended is tried again at the next round, not as often as it fails.
        isStale = isStale || !isBroken
      } else if let slot = panel.layout.slot(tap: link.name), panel[slot] != .free {
        isStale = true
      }
    }
  }

  /// Takes a TAP out of its bridge whose holder has given it another hardware address: the bridge sends that address's
  /// frames to the host then, and forgets whose they were. It needs no capability (SIOCSIFHWADDR on the TAP, tun.c).
  ///
  /// Once in its life it is given its own again, unless the other is a neighbour's: udev may do that to a TAP just made
  /// (MACAddressPolicy=persistent in systemd.link(5)), having looked before netd had set the address.
  private func expel(_ link: Link, now: Int64) {
    guard let slot = panel.layout.slot(tap: link.name), panel[slot] != .free, links.isBridge(link.master),
      link.mac != panel.layout.hostMAC(slot)
    else { return }
    let victim = panel.slot(mac: link.mac)
    if victim == nil, mended.insert(slot.index).inserted {
      attempt("give \(link.name) its hardware address") { () throws(Failure) in
        try links.readdress(slot, panel.mac(slot))
        tell(link.name, "it had another hardware address; it has its own again", panel.lease(slot)?.owner, now: now)
      }
      return
    }
    tell(
      link.name, "it had another hardware address again; it is unplugged until it is attached again",
      panel.lease(slot)?.owner, now: now)
    attempt("unplug \(link.name)") { () throws(Failure) in
      try links.unplug(slot)
      if let victim { try links.enter(victim, panel.mac(victim)) }
    }
  }

  /// Looks whether a leased TAP is held, and ends what is over.
  func check(_ slot: Slot, now: Int64) throws(Failure) {
    guard let lease = panel.lease(slot), lease.state != .kept else { return }
    if try links.isHeld(slot) {
      panel.update(slot) { $0.lostAt = nil }
      panel.move(slot, to: lease.isGivenBack ? .releasing : .active, now: now)
      // Given back: its holder is on the way out. Otherwise the round looks again.
      if lease.isGivenBack { checks[slot.index] = now + max(grace, 500) }
      return
    }
    let lostAt = lease.lostAt ?? now
    panel.update(slot) { $0.lostAt = lostAt }
    if !lease.isGivenBack, now - lostAt < grace {
      panel.move(slot, to: .releasing, now: now)
      checks[slot.index] = lostAt + grace
    } else if lease.isKept {
      settle(slot, now: now)
    } else {
      log.write(.info, "port \(panel.layout.tap(slot)) freed: nobody holds it")
      totals.reclaimed += 1
      retire(slot, now: now)
    }
  }

  /// Leaves a kept slot to its stopped VM.
  func settle(_ slot: Slot, now: Int64) {
    panel.move(slot, to: .kept, now: now)
    checks[slot.index] = nil
  }

  /// A few active leases in turn, so that a faked carrier cannot hold a port for ever.
  private func round(_ now: Int64) throws(Failure) {
    var seen: Set<Int> = []
    for _ in 0..<Self.roundSize {
      let next = panel.next(from: roundCursor) { $1.state != .kept && checks[$0.index] == nil }
      guard let next, seen.insert(next.index).inserted else { return }
      roundCursor = (next.index + 1) % panel.layout.count
      try check(next, now: now)
    }
  }

  /// Whether something was found that could not be made as it should be.
  var isBroken: Bool { findings.contains { $0.kind == .broken } }

  // MARK: Making and deleting

  /// Ends a lease, or drops a spare; its TAP goes with the next batch.
  func retire(_ slot: Slot, now: Int64) {
    // Cut off before it is deleted, it must not come back as a lease: its owner may have another one by then.
    attempt("retire TAP") { () throws(Failure) in if links.exists(slot) { try links.retag(slot, .retired) } }
    panel.set(slot, .retiring)
    checks[slot.index] = nil
    exits.add(slot, now: now)
  }

  /// Deletes what waits for it, before netd ends. What cannot be deleted is found again at the next start.
  func flushAll(_ now: Int64) {
    for _ in 0...exits.count / ExitQueue.most where exits.count > 0 { flush(now) }
  }

  private func flush(_ now: Int64) {
    let batch = exits.batch
    var isDone = false
    attempt("delete TAPs") { () throws(Failure) in
      try release(batch)
      try links.delete(batch)
      isDone = true
      for slot in batch where panel[slot] == .retiring {
        panel.set(slot, .free)
        mended.remove(slot.index)
      }
    }
    exits.flushed(began: now, ended: Clock.now(), isDone: isDone)
  }

  /// A network that wants a spare TAP and has a slot for it.
  private func refillNetwork(_ now: Int64) -> Int? { now >= refillAfter ? panel.lacksSpare(settings.spare) : nil }

  private func refill(_ network: Int, _ now: Int64) {
    guard let slot = panel.freeSlot(network: network) else { return }
    do {
      _ = try links.make(slot, .spare)
      panel.set(slot, .spare)
    } catch {
      log.write(.error, "make a TAP ahead: \(error)")
      refillAfter = now + 5000
      nextRound = min(nextRound, refillAfter)
      isStale = true
    }
  }
}
