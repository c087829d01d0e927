import Failure
import IPC
import Linux
import NetworkPlan

/// What DHCP and DNS are to serve.
extension Daemon {
  func watch(_ request: Watch, _ asking: inout Asking) throws(Failure) -> Watch.Reply {
    var reply = Watch.Reply()
    reply.generation = generation
    asking.client.isNaming = true
    if request.generation == generation {
      asking.isDeferred = true
      asking.client.watch = (asking.id, generation)
    }
    return reply
  }

  /// Answers those who wait for news, if there are any.
  func tellWatchers(_ clients: [Client]) {
    for client in clients {
      guard let watch = client.watch, watch.generation != generation else { continue }
      client.watch = nil
      var reply = Watch.Reply()
      reply.generation = generation
      let header = FrameHeader(id: watch.id, verb: Watch.verb, kind: .reply)
      guard let bytes = try? Frame.encode(header, reply) else { continue }
      do { try Packets.send(bytes, numbers: [], to: client.socket.raw) } catch { client.isDone = true }
    }
  }

  func shards(_ request: Shards, _ asking: inout Asking) throws(Failure) -> Shards.Reply {
    let layout = panel.layout
    let all = layout.networks.enumerated().flatMap { index, network in
      network.mode == .external ? [] : (0..<network.shards).map { (index, network, $0) }
    }
    return Page(at: request.cursor, of: all.count) { place in
      let (index, network, shard) = all[place]
      var entry = Shards.Entry()
      entry.slot = SlotName(network: network.name, shard: UInt16(shard), host: 0)
      entry.bridge = layout.bridge(network: index, shard: shard)
      entry.gateway = layout.gateway(network: index, shard: shard)
      entry.firstHost = network.hosts.lowerBound
      entry.lastHost = network.hosts.upperBound
      entry.mtu = network.mtu
      entry.high6 = layout.prefix6(network: index, shard: shard) ?? 0
      entry.isOutward = network.mode != .isolated
      entry.isRouted = network.mode != .isolated || network.shards > 1
      return entry
    }
  }

  func names(_ request: Names, _ asking: inout Asking) throws(Failure) -> Names.Reply {
    // A name is one VM's in a network: that with the lower slot, should two users have chosen the same.
    var taken: Set<String> = []
    let named = (0..<panel.layout.count).map { Slot(index: $0) }.filter { slot in
      guard let lease = panel.lease(slot), !lease.name.isEmpty, lease.owner.nic == 0 else { return false }
      return taken.insert("\(lease.name).\(panel.layout.place(slot).network)").inserted
    }
    return Page(at: request.cursor, of: named.count) { place in
      var entry = Names.Entry()
      entry.name = panel.lease(named[place])?.name ?? ""
      entry.slot = panel.layout.name(named[place])
      return entry
    }
  }

  func profiles(_ request: Profiles, _ asking: inout Asking) throws(Failure) -> Profiles.Reply {
    var reply = Profiles.Reply()
    let all = profileTable.profiles
    guard all.indices.contains(Int(request.cursor)) else { return reply }
    let profile = all[Int(request.cursor)]
    reply.id = profile.id
    reply.network = panel.layout.networks[profile.network].name
    reply.port = profile.port
    reply.domains = profile.domains
    reply.next = Int(request.cursor) + 1 < all.count ? request.cursor + 1 : 0
    return reply
  }
}
