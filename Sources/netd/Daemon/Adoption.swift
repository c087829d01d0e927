import Failure
import NetworkPlan

/// What the kernel's ruleset still says from an earlier life of netd.
extension Daemon {
  /// Takes it over until owners say it again: ways in stay open, and what is only to reach what was listed stays so.
  func adopt() {
    for slot in guarding.slots where panel.lease(slot) == nil {
      // An interface that could not be taken over may still be a guest's.
      let isThere = panel[slot] == .foreign
      do { if isThere { try guarding.close(slot) } else { try guarding.set(slot, PortRules()) } } catch {
        log.write(.error, "\(error)")
      }
    }
    for slot in guarding.slots {
      let rules = guarding.rules(slot)
      if let profile = rules.profile, let lease = panel.lease(slot) {
        let network = panel.layout.place(slot).network
        lists.adopt(profile, rules.resolverPort, uid: lease.owner.uid, network: network, slot)
      }
    }
    for (forwarding, slot) in guarding.forwards {
      hostPorts.set(forwarding.port, HostPorts.Target(slot: slot, guestPort: forwarding.guestPort))
    }
    closeUnknown()
  }

  /// Closes ports whose tag says that they may only reach what was listed, where nothing tells any more what that was.
  private func closeUnknown() {
    for index in 0..<panel.layout.count {
      let slot = Slot(index: index)
      guard panel.lease(slot)?.isRestricted == true, !guarding.rules(slot).isRestricted else { continue }
      do { try guarding.close(slot) } catch { log.write(.error, "\(error)") }
    }
  }

  /// Ends everything that was said about slots whose leases are over.
  func release(_ slots: [Slot]) throws(Failure) {
    for slot in slots {
      try guarding.set(slot, PortRules())
      hostPorts.clear(slot)
      lists.use(nil, by: slot)
    }
  }
}
