import Failure
import IPC
import NetworkPlan

extension Daemon {
  /// One page of leased ports, by slot.
  func ports(_ request: Ports, _ asking: inout Asking) throws(Failure) -> Ports.Reply {
    let (visible, now) = (asking.visible, asking.now)
    return Page(at: request.cursor, of: panel.layout.count) { index in
      let slot = Slot(index: index)
      guard let lease = panel.lease(slot), visible == nil || lease.owner.uid == visible else { return nil }
      var entry = Ports.Entry()
      entry.vm = lease.owner.vm
      entry.nic = lease.owner.nic
      entry.uid = lease.owner.uid
      entry.slot = panel.layout.name(slot)
      entry.port = panel.layout.port(slot)
      entry.state = lease.state
      entry.age = seconds(since: lease.since, now: now)
      return entry
    }
  }

  /// The panel against the kernel, read anew unless that happened a moment ago.
  func audit(_ request: Audit, _ asking: inout Asking) throws(Failure) -> Audit.Reply {
    if asking.now - guardSeenAt >= 200 { checkGuard(asking.now, isThorough: true) }
    if asking.now - lastReconcile >= 200 { try reconcile(now: asking.now) }
    var reply = Audit.Reply()
    if request.fix { reply.fixed = try removeOrphans(of: asking.uid == 0 ? nil : asking.uid, now: asking.now) }
    reply.refusedFrames = UInt32(clamping: tally.breaches)
    for index in panel.layout.networks.indices {
      for shard in 0..<panel.layout.networks[index].shards {
        let counted = count(network: index, shard: shard, &reply)
        if counted.used > 0 || counted.ready > 0 { reply.shards.append(counted) }
      }
    }
    let all = findings + scarcities(now: asking.now)
    let visible = all.filter { asking.visible == nil || $0.uid == .max || $0.uid == asking.visible }
    let now = asking.now
    let page = Page(at: request.cursor, of: visible.count) { place in
      let found = visible[place]
      var finding = Audit.Finding()
      finding.kind = found.kind
      finding.interface = Self.cut(found.interface, 64)
      finding.detail = Self.cut(found.detail, 256)
      finding.uid = found.uid
      finding.vm = found.vm
      finding.age = seconds(since: found.since, now: now)
      return finding
    }
    (reply.findings, reply.next) = (page.entries, page.next)
    return reply
  }

  private func count(network: Int, shard: Int, _ reply: inout Audit.Reply) -> Audit.Shard {
    var counted = Audit.Shard()
    counted.slot = SlotName(network: panel.layout.networks[network].name, shard: UInt16(shard), host: 0)
    counted.bridge = panel.layout.bridge(network: network, shard: shard)
    counted.max = UInt16(panel.layout.networks[network].hosts.count)
    for index in panel.layout.slots(network: network, shard: shard) {
      switch panel[Slot(index: index)] {
      case .leased(let lease):
        counted.used += 1
        switch lease.state {
        case .active: reply.active += 1
        case .kept: reply.kept += 1
        case .releasing: reply.releasing += 1
        }
      case .spare:
        counted.ready += 1
        reply.ready += 1
      case .free, .retiring, .foreign: break
      }
    }
    return counted
  }

  static func cut(_ text: String, _ most: Int) -> String {
    // A character that is cut in two becomes one of three bytes.
    String(decoding: text.utf8.prefix(most - 2), as: UTF8.self)
  }

  func seconds(since: Int64, now: Int64) -> UInt32 { UInt32(clamping: (now - since) / 1000) }
}
