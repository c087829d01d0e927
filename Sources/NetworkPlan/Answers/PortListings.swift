package import IPC
import IPCFrames

extension Panel {
  /// One page of leased ports, by slot, with the lists that they have.
  package func ports(at cursor: UInt32, _ lists: ListTable, for viewer: Viewer) -> Ports.Reply {
    Page(at: cursor, of: layout.count) { index in
      let slot = Slot(index: index)
      guard let lease = lease(slot), viewer.sees(lease.owner.uid) else { return nil }
      var entry = Ports.Entry()
      entry.vm = lease.owner.vm
      entry.nic = lease.owner.nic
      entry.uid = lease.owner.uid
      entry.slot = layout.name(slot)
      entry.port = port(slot)
      entry.state = lease.state
      entry.age = viewer.seconds(since: lease.since)
      if let list = lists.list(of: slot) {
        (entry.list, entry.listID, entry.resolver) = (list.number, list.id, list.port)
      }
      return entry
    }
  }

  /// What the owner of a port is told of it.
  package func attached(_ slot: Slot, _ owner: Owner) -> Attach.Reply {
    var reply = Attach.Reply()
    reply.handle = handle(slot, owner)
    reply.slot = layout.name(slot)
    reply.port = port(slot)
    return reply
  }

  /// How many ports there are of each kind, and every shard with how full it is.
  package func occupancy() -> Audit.Reply {
    var reply = Audit.Reply()
    for index in layout.networks.indices {
      for shard in 0..<layout.networks[index].shards {
        reply.shards.append(count(network: index, shard: shard, &reply))
      }
    }
    return reply
  }

  private func count(network: Int, shard: Int, _ reply: inout Audit.Reply) -> Audit.Shard {
    var counted = Audit.Shard()
    counted.slot = SlotName(network: layout.networks[network].name, shard: UInt16(shard), host: 0)
    counted.bridge = layout.bridge(network: network, shard: shard)
    counted.max = UInt16(layout.networks[network].hosts.count)
    for index in layout.slots(network: network, shard: shard) {
      switch self[Slot(index: index)] {
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
}

extension HostPorts {
  /// One page of forwards, by port of the host.
  package func forwards(at cursor: UInt32, of panel: Panel, for viewer: Viewer) -> Forwards.Reply {
    let ports = targets.keys.sorted()
    return Page(at: cursor, of: ports.count) { place in
      guard let target = targets[ports[place]], let lease = panel.lease(target.slot), viewer.sees(lease.owner.uid)
      else { return nil }
      var entry = Forwards.Entry()
      entry.vm = lease.owner.vm
      entry.nic = lease.owner.nic
      entry.uid = lease.owner.uid
      entry.transport = ports[place].transport
      entry.hostPort = ports[place].number
      entry.address = panel.layout.address(target.slot)
      entry.guestPort = target.guestPort
      return entry
    }
  }
}
