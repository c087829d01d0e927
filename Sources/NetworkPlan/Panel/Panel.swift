package import Failure
package import IPC

/// What a slot is used for.
package enum Place: Hashable, Sendable {
  /// Nothing; there is no TAP.
  case free
  /// A TAP waits for its first user.
  case spare
  case leased(Lease)
  /// Given up; its TAP will be deleted, and the slot is free after that.
  case retiring
  /// An interface of that name is there which is not ours.
  case foreign
}

/// Who has which slot. A value: no I/O, no clock, no randomness.
package struct Panel: Sendable {
  /// What slots there are.
  package let layout: Layout
  /// Most ports of one user, 0 for no limit.
  package let quota: Int
  /// How many leases have begun and ended: other leases, another number.
  package private(set) var changes: UInt64 = 0
  private var places: [Place]
  private var byOwner: [Owner: Slot] = [:]
  /// Leases with a hardware address that their owners have chosen, by it.
  private var byMAC: [UInt64: Slot] = [:]
  private var perUser: [UInt32: Int] = [:]
  /// Slots in state `spare`, per network.
  private var spares: [[Slot]]
  /// Where the search for a free slot goes on, per network and shard: an address rests as long as possible.
  private var cursors: [[Int]]

  /// Every slot is free.
  package init(_ layout: Layout, quota: Int) {
    self.layout = layout
    self.quota = quota
    places = Array(repeating: .free, count: layout.count)
    spares = Array(repeating: [], count: layout.networks.count)
    cursors = layout.networks.map { Array(repeating: 0, count: $0.shards) }
  }

  /// What a slot is used for.
  package subscript(slot: Slot) -> Place { places[slot.index] }

  /// Who has it; nil if nobody.
  package func lease(_ slot: Slot) -> Lease? {
    if case .leased(let lease) = places[slot.index] { lease } else { nil }
  }

  /// The slot of a NIC; nil if it has none.
  package func slot(of owner: Owner) -> Slot? { byOwner[owner] }

  /// The slot in use whose guest has a hardware address; nil if there is none.
  package func slot(mac: UInt64) -> Slot? {
    guard let slot = byMAC[mac] ?? layout.slot(mac: mac), self[slot] != .free, self.mac(slot) == mac else { return nil }
    return slot
  }

  /// The slot of a NIC.
  /// - Throws: `.notFound` if it has none.
  package func slot(of owner: Owner, for operation: String) throws(Failure) -> Slot {
    if let slot = slot(of: owner) { return slot }
    throw Failure(
      .notFound, operation: operation, object: "NIC \(owner.nic) of VM \(owner.vm.text)",
      cause: "you have no such port",
      remedy: "attach it first")
  }

  /// Slots of all NICs of a VM.
  package func slots(uid: UInt32, vm: VMIdentity) -> [Slot] {
    (0...UInt8.max).compactMap { byOwner[Owner(uid: uid, vm: vm, nic: $0)] }
  }

  /// How many ports a user has.
  package func ports(of uid: UInt32) -> Int { perUser[uid] ?? 0 }

  /// How many TAPs wait for their first user.
  package func spareCount(network: Int) -> Int { spares[network].count }

  /// The next slot without TAP; the lowest shard that has one, so that few VMs share one bridge.
  package func freeSlot(network: Int) -> Slot? {
    for shard in 0..<layout.networks[network].shards {
      let range = layout.slots(network: network, shard: shard)
      let start = cursors[network][shard]
      let own = layout.networks[network].hosts
      for distance in 0..<range.count {
        let offset = (start + distance) % range.count
        let index = range.lowerBound + offset
        if places[index] == .free, own.contains(UInt8(2 + offset)) { return Slot(index: index) }
      }
    }
    return nil
  }

  /// A network that has fewer spares than wanted, and a slot for one more; nil if there is none.
  package func lacksSpare(_ wanted: Int) -> Int? {
    layout.networks.indices.first { spareCount(network: $0) < wanted && freeSlot(network: $0) != nil }
  }

  /// The first slot from `start` on, round all of them, of which `isWanted` is true of the lease.
  package func next(from start: Int, where isWanted: (Slot, Lease) -> Bool) -> Slot? {
    (0..<layout.count).lazy.map { Slot(index: (start + $0) % layout.count) }.first { slot in
      lease(slot).map { isWanted(slot, $0) } ?? false
    }
  }

  /// What the kernel is to remember of a slot; nil if it has no TAP of netd's.
  package func tag(of slot: Slot) -> Tag? {
    switch self[slot] {
    case .spare: .spare
    case .leased(let lease): lease.tag
    case .free, .retiring, .foreign: nil
    }
  }

  /// The spare that was made last; nil if there is none.
  package func spareSlot(network: Int) -> Slot? { spares[network].last }
}

// MARK: - Changes
extension Panel {
  /// Gives a free or spare slot to an owner.
  /// - Parameter isOld: whether the owner has had it before; a quota takes nothing away.
  /// - Throws: `.exists` if it has another user or the owner another slot; `.exhausted` over the quota.
  package mutating func lease(
    _ slot: Slot, to owner: Owner, _ tag: LeaseTag, state: PortState, now: Int64, isOld: Bool = false
  ) throws(Failure) {
    guard places[slot.index] == .free || places[slot.index] == .spare, byOwner[owner] == nil else {
      throw Failure(.exists, operation: "lease slot", object: layout.tap(slot), cause: "it is in use")
    }
    if !isOld { try checkQuota(owner.uid) }
    let lease = Lease(
      owner: owner, isKept: tag.isKept, isRestricted: tag.isRestricted, mac: tag.mac, state: state, since: now)
    put(.leased(lease), at: slot)
    byOwner[owner] = slot
    if let mac = tag.mac { byMAC[mac] = slot }
    perUser[owner.uid, default: 0] += 1
    changes += 1
  }

  /// Refuses one port more than a user may have; a quota of 0 is no limit.
  package func checkQuota(_ uid: UInt32) throws(Failure) {
    guard quota > 0, ports(of: uid) >= quota else { return }
    throw Self.full(uid, ports(of: uid), quota, "MaxPortsPerUser=")
  }

  /// The refusal of one port more.
  package static func full(_ uid: UInt32, _ ports: Int, _ most: Int, _ key: String) -> Failure {
    Failure(
      .exhausted, operation: "attach port", object: "user \(uid)",
      cause: "the user has \(ports) ports and may have \(most)",
      remedy: "delete VMs or raise \(key) in netd.conf")
  }

  /// The kernel's EBUSY in words about the VM; another failure stays as it is.
  package func inUse(_ failure: Failure, _ owner: Owner, _ slot: Slot) -> Failure {
    guard failure.errno == Self.busy else { return failure }
    return Failure(
      .exists, operation: "attach port", object: "NIC \(owner.nic) of VM \(owner.vm.text)",
      cause: "the port is in use: a process holds \(layout.tap(slot))",
      remedy: "the VM runs already, or its process is still ending", errno: Self.busy)
  }

  /// EBUSY of asm-generic/errno-base.h.
  private static let busy: Int32 = 16

  /// Whether a user may keep a slot: what `attach` would give it.
  package func mayKeep(_ slot: Slot, _ owner: Owner, _ grant: Access.Grant) -> Bool {
    let name = layout.networks[layout.place(slot).network].name
    guard layout.isOwn(slot), grant.networks?.contains(name) ?? true else { return false }
    return self.slot(of: owner) == slot || ports(of: owner.uid) < grant.ports ?? .max
  }

  /// Changes a lease; what is none stays as it is.
  package mutating func update(_ slot: Slot, _ change: (inout Lease) -> Void) {
    guard case .leased(var lease) = places[slot.index] else { return }
    let mac = lease.mac
    change(&lease)
    places[slot.index] = .leased(lease)
    guard lease.mac != mac else { return }
    forget(mac, at: slot)
    if let mac = lease.mac { byMAC[mac] = slot }
    changes += 1
  }

  /// Moves a lease into a state; the time counts from the change.
  package mutating func move(_ slot: Slot, to state: PortState, now: Int64) {
    update(slot) { lease in
      if lease.state != state { lease.since = now }
      lease.state = state
    }
  }

  /// Notes that an owner has its port, now and as asked.
  /// - Parameter mac: the hardware address that the owner has chosen; nil for the slot's own.
  package mutating func activate(_ slot: Slot, isKept: Bool, mac: UInt64? = nil, now: Int64) {
    update(slot) { lease in
      lease.isKept = isKept
      lease.mac = mac
      lease.isGivenBack = false
      lease.isSevered = false
      lease.lostAt = nil
    }
    move(slot, to: .active, now: now)
  }

  /// Changes a slot to anything but a lease; a lease in it ends.
  package mutating func set(_ slot: Slot, _ place: Place) {
    if case .leased = place { return }
    put(place, at: slot)
  }

  private mutating func put(_ place: Place, at slot: Slot) {
    let (network, shard, host) = layout.place(slot)
    switch places[slot.index] {
    case .leased(let old):
      changes += 1
      byOwner[old.owner] = nil
      forget(old.mac, at: slot)
      perUser[old.owner.uid] = ports(of: old.owner.uid) == 1 ? nil : ports(of: old.owner.uid) - 1
    case .spare:
      if spares[network].last == slot { spares[network].removeLast() } else { spares[network].removeAll { $0 == slot } }
    case .free: cursors[network][shard] = Int(host) - 1
    case .retiring, .foreign: break
    }
    if place == .spare { spares[network].append(slot) }
    places[slot.index] = place
  }

  private mutating func forget(_ mac: UInt64?, at slot: Slot) {
    if let mac, byMAC[mac] == slot { byMAC[mac] = nil }
  }
}

// MARK: - Handles
extension Panel {
  /// The number that names a lease to its owner: the slot's address and a check over all of the lease. It survives a
  /// restart, says nothing to others, and does not fit the next user of the slot.
  package func handle(_ slot: Slot, _ owner: Owner) -> UInt64 {
    // FNV-1a, 64 bits: no secret, as a handle only counts together with the peer's uid.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    let address = layout.address(slot)
    for word in [UInt64(owner.uid), owner.vm.high, owner.vm.low, UInt64(owner.nic), UInt64(address)] {
      for shift in stride(from: UInt64(0), to: 64, by: 8) {
        hash = (hash ^ (word >> shift & 255)) &* 0x100_0000_01b3
      }
    }
    let check = UInt32(truncatingIfNeeded: hash ^ hash >> 32)
    return UInt64(check) << 32 | UInt64(address ^ check)
  }

  /// The slot that a handle names, if it is that user's and not given back.
  /// - Throws: `.notFound` if there is none.
  package func detached(handle: UInt64, uid: UInt32) throws(Failure) -> Slot {
    if let slot = slot(handle: handle, uid: uid) { return slot }
    throw Failure(
      .notFound, operation: "detach port", object: "handle", cause: "you have no port with this handle",
      remedy: "list your ports")
  }

  /// The same; nil if there is none.
  package func slot(handle: UInt64, uid: UInt32) -> Slot? {
    let address = UInt32(truncatingIfNeeded: handle) ^ UInt32(truncatingIfNeeded: handle >> 32)
    guard let slot = layout.slot(address: address), let lease = lease(slot), lease.owner.uid == uid,
      !lease.isGivenBack, self.handle(slot, lease.owner) == handle
    else { return nil }
    return slot
  }
}
