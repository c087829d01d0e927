package import Failure
import FoundationEssentials
import IPC
import Life
import Linux
import Logging
import Storage
package import VMSpec

/// All VMs of this host. The only place that knows them all.
package actor Fleet {
  package nonisolated let context: NodeContext
  private var vms: [String: VirtualMachine] = [:]
  package private(set) var quarantined: [RecordStore.Quarantined] = []

  package init(_ context: NodeContext) { self.context = context }

  /// VMs that are taken back at a time: blocking steps of each would get a thread of their own otherwise. Hypervisors that
  /// do not answer hold up a place for seconds.
  private static let adoptionsAtOnce = 64

  /// Reads the records and takes back what still runs.
  package func restore() async throws(Failure) {
    context.store.clearPrepared()
    let (records, quarantined) = try context.store.load()
    self.quarantined = quarantined
    for record in quarantined { context.log.error("\(record.why)", metadata: ["VM_ID": "\(record.id)"]) }
    for trouble in await context.pools.restore() { context.log.error("\(trouble)") }
    SaveFolder.clearLeftovers(in: context.paths.saves, except: Set(records.compactMap(\.pendingSave)))
    let rules = records.filter(\.state.hasProcess).map(\.rules)
    context.names.restore(records)
    context.ports.restore(records)
    let running: [LeaseKey: NetworkRules] = rules.reduce(into: [:]) { $0.merge($1) { _, newer in newer } }
    context.netd.remember(records.flatMap(\.leases), running)
    context.netdns.remember(records.compactMap { ToldName($0, label: context.names.label(of: $0.id)) }, running)
    for record in records { vms[record.id] = VirtualMachine(record, context) }
    // Before any of them asks for more.
    for vm in vms.values { await vm.keepPlace() }
    await withTaskGroup(of: Void.self) { group in
      for (index, vm) in vms.values.enumerated() {
        if index >= Self.adoptionsAtOnce { await group.next() }
        group.addTask { await vm.adopt() }
      }
    }
    context.store.clearRuntime(except: Set(vms.keys).union(quarantined.map(\.id)))
    context.limits.tree?.clear(except: Set(vms.keys))
    await sweep(waitsForPools: false)
    let downloads = await context.downloads.restore { [weak self] in await self?.diskUses() ?? [] }
    for trouble in downloads { context.log.error("\(trouble)") }
  }

  /// Gives up the slots of deleted VMs that netd has not been told about: it was away, or we crashed in between.
  /// - Parameter waitsForPools: whether images in pools are removed too, which takes as long as the pools take.
  package func sweep(waitsForPools: Bool = true) async {
    for id in context.store.tombstones() where vms[id] == nil {
      do throws(Failure) {
        if let vm = VMIdentity(id) {
          try await context.netd.forget(vm: vm)
          // One that was created again while netd was asked has its name by now.
          if vms[id] == nil { await context.netdns.forget(vm: vm) }
        }
        // One that was created again in the meantime owns the slots now, and its own deletion comes here again.
        if vms[id] == nil, waitsForPools || !context.store.waitsForPools(id) { await context.store.removeTombstone(id) }
      } catch {
        context.log.warning("\(error)", metadata: ["VM_ID": "\(id)"])
        return
      }
    }
  }

  /// Hears what became of the rules of running VMs whenever netd was started again. Never returns before it is cancelled.
  package func followNetd() async {
    for await notification in context.netd.notifications {
      switch notification {
      case .set(let vm, let nic): await vms[vm.text]?.rulesAreSet(nic)
      case .refused(let vm, let nic, let why): await vms[vm.text]?.rulesWereRefused(nic, why)
      }
    }
  }

  /// All VMs, by name.
  package func all() -> [VirtualMachine] { vms.values.sorted { $0.name < $1.name } }

  /// The VM of that id or name, or of a prefix that fits one only.
  /// - Parameter exact: no prefixes, for what cannot be taken back.
  package func find(_ reference: String, operation: String, exact: Bool = false) throws(Failure) -> VirtualMachine {
    let wanted = VMReference(reference)
    // A whole name that others have given comes behind a whole one of ours, and before beginnings.
    // Byte by byte: names that only look the same are those of two.
    let given = vms.values.first { $0.givenName.map { $0.utf8.elementsEqual(reference.utf8) } == true }
    if let vm = given, vms[reference.lowercased()] == nil,
      !vms.values.contains(where: { $0.name == reference })
    {
      return vm
    }
    switch wanted.find(among: vms.values, isWhole: exact, { ($0.id, $0.name) }) {
    case .one(let vm): return vm
    case .none: throw .noSuchVM(reference, operation: operation)
    case .several(let vms): throw wanted.isAmbiguous(vms.map(\.name), operation: operation)
    }
  }

  /// The VM of that id.
  func vm(of id: String) -> VirtualMachine? { vms[id] }

  /// Records a new VM.
  /// - Parameters:
  ///   - id: wanted id, nil for a fresh one.
  ///   - given: what others call it and its parts.
  ///   - saved: what there is of it already.
  package func create(
    _ spec: VMSpec, id wanted: String? = nil, given: GivenNames = GivenNames(), saved: PreparedVM? = nil
  ) async throws(Failure) -> VirtualMachine {
    try await checkHardwareAddresses(of: spec.nics, spec.name, "create")
    guard let recordID = wanted.map({ RecordID($0) }) ?? .random() else {
      throw Failure(
        .invalid, operation: "create", object: wanted ?? "", cause: "the id is not a UUID",
        remedy: "leave it out to get a fresh one")
    }
    let id = recordID.wrappedValue
    if let aside = quarantined.first(where: { $0.id == id }) {
      throw Failure(
        .exists, operation: "create", object: id, cause: "a record of that id was set aside in \(aside.path)",
        remedy: "repair or remove that folder and restart, or use another id")
    }
    guard vms[id] != nil || !context.store.waitsForPools(id) else {
      throw Failure(
        .exists, part: .record, operation: "create", object: id,
        cause: "a VM of that id was deleted, and its images in pools are not removed yet",
        remedy: "see to its pools (vmsupervisor pool list), or use another id")
    }
    if let other = vms.values.first(where: { $0.name == spec.name || $0.id == id }) {
      throw Failure(
        .exists, operation: "create", object: spec.name, cause: "a VM of that name or id exists already (\(other.id))",
        remedy: "choose another name, or delete it: vmsupervisor delete \(other.name)")
    }
    var record = Record(
      id: recordID, spec: spec, createdAt: Date(), desired: .off, state: .pending, generation: 0,
      history: [HistoryEntry(time: Date(), what: "created" + Author.current.phrase, to: .pending)])
    record.take(given)
    // Said from the first byte on: a crash in the first start is not an image that an earlier release has lost.
    record.settleImages()
    saved?.settle(&record)
    try context.ports.claim(spec, id: id, context.settings.vnc)
    do throws(Failure) {
      if let claimant = NameClaims.Claimant(record) { try context.names.claim(claimant, operation: "create") }
    } catch {
      context.ports.release(id)
      throw error
    }
    let vm = VirtualMachine(record, context)
    // Taken before the first suspension, so that of two that come at once one finds the name taken.
    vms[id] = vm
    do throws(Failure) {
      // Of two that come at once with one hardware address neither has seen the other before.
      try await checkHardwareAddresses(of: spec.nics, spec.name, "create")
      guard vms[id] === vm else { throw .noSuchVM(spec.name, operation: "create") }
      try await context.store.add(record, prepared: saved?.folder)
    } catch {
      // It was deleted meanwhile, and another may have its id.
      guard vms[id] == nil || vms[id] === vm else { throw error }
      vms[id] = nil
      context.names.release(id)
      context.ports.release(id)
      throw error
    }
    VMLog(context.log, id: id, name: spec.name)(.info, "created", by: .current)
    context.events.append(
      HostEvent(vm: id, name: spec.name, kind: .created, what: "created", to: .pending).by(.current))
    await vm.announce()
    return vm
  }

  /// Removes a VM that does not run, with its record, its own disks, and its slots.
  package func delete(_ vm: VirtualMachine) async throws(Failure) {
    guard vms[vm.id] != nil else { throw .noSuchVM(vm.name, operation: "delete") }
    try await checkPoolImages(of: vm)
    try await vm.leaveForeignImages()
    try await vm.retire()
    vms[vm.id] = nil
    let left: Failure?
    do throws(Failure) { left = try await context.store.remove(vm.id) } catch {
      vms[vm.id] = vm
      await vm.unretire()
      throw error
    }
    context.metrics.forget(vm.id)
    context.names.release(vm.id)
    context.ports.release(vm.id)
    context.confinement.users.forget(vm.id)
    await vm.finish()
    if left == nil, await vm.record.spec.nics.isEmpty { await context.store.removeTombstone(vm.id) }
    await sweep()
    try reportDeletion(vm.id, vm.name, left)
  }

  /// The record of that id that was set aside, if no VM is called so.
  package func quarantined(_ reference: String) -> RecordStore.Quarantined? {
    guard !vms.values.contains(where: { $0.id == reference.lowercased() || $0.name == reference }) else { return nil }
    return quarantined.first { $0.id == reference || $0.id == reference.lowercased() }
  }

  /// Removes a VM whose record was set aside, with everything that lies beside the record, and its slots.
  package func delete(_ record: RecordStore.Quarantined) async throws(Failure) {
    let left = try await context.store.remove(record)
    quarantined.removeAll { $0.id == record.id }
    await sweep()
    try reportDeletion(record.id, "", left)
  }

  /// Says that a VM is gone.
  /// - Throws: what is left of it.
  private func reportDeletion(_ id: String, _ name: String, _ left: Failure?) throws(Failure) {
    let author = Author.current
    var metadata = author.metadata
    metadata["VM_ID"] = "\(id)"
    if !name.isEmpty { metadata["VM_NAME"] = "\(name)" }
    let what = left == nil ? "deleted" : "deleted, but not all of it is removed"
    context.log.info("\(what)", metadata: metadata)
    context.events.append(HostEvent(vm: id, name: name, kind: .deleted, what: what, why: left).by(author))
    if let left {
      context.log.warning("\(left)", metadata: metadata)
      throw left
    }
  }
}
