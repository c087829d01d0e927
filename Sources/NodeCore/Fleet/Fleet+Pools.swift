package import Failure
import Linux
import Storage
package import VMSpec

/// What VMs have in pools.
extension Fleet {
  /// What the specifications of all VMs name.
  package func diskUses() async -> [DiskUse] {
    var uses: [DiskUse] = []
    for vm in all() { uses += DiskUse.all(of: await vm.record) }
    return uses
  }

  /// The same for whoever asks later.
  package nonisolated var usesNow: @Sendable () async -> [DiskUse] { { await self.diskUses() } }

  /// The VM of that id, if it is what `spec` asks for: whoever has not heard the answer asks again.
  /// - Returns: nil if no VM has the id.
  /// - Throws: `.exists` if the one that has it is another.
  package func existing(_ spec: VMSpec, id wanted: String) async throws(Failure) -> VirtualMachine? {
    guard let id = RecordID(wanted)?.wrappedValue, let vm = vm(of: id) else { return nil }
    let differences = await vm.record.spec.differences(from: try await placed(spec, of: id, "create"))
    guard !differences.isEmpty else { return vm }
    throw Failure(
      .exists, part: .record, operation: "create", object: spec.name,
      cause: "a VM of the id \(id) exists already, and is another in \(differences.joined(separator: ", "))",
      remedy: "choose another id, or delete it: vmsupervisor delete \(vm.name)")
  }

  /// Records a new VM, with images of disks in the pools that they are asked for.
  package func create(
    inPools spec: VMSpec, id wanted: String? = nil, given: GivenNames = GivenNames()
  ) async throws(Failure) -> VirtualMachine {
    let operation = "create"
    guard spec.disks.contains(where: { $0.pool != nil }), let id = wanted.map({ RecordID($0) }) ?? .random() else {
      return try await create(spec, id: wanted, given: given)
    }
    return try await context.pools.alone { () async throws(Failure) in
      let spec = try await self.placed(spec, of: id.wrappedValue, operation)
      var more: [String: UInt64] = [:]
      for disk in spec.disks {
        if let pool = disk.pool { more[pool] = PoolRoom.sum([more[pool] ?? 0, disk.size ?? 0]) }
      }
      let uses = await self.diskUses()
      for (pool, bytes) in more.sorted(by: { $0.key < $1.key }) {
        try await self.context.pools.check(pool, more: bytes, field: "disks.size_gib", uses: uses, operation)
      }
      return try await self.create(spec, id: id.wrappedValue, given: given)
    }
  }

  /// Gives a VM a disk, of which a new image is made in the pool that it is asked for.
  /// - Parameter id: what another control plane calls it; nil if that is its name.
  package func attachDisk(
    _ disk: DiskSpec, id: String? = nil, to vm: VirtualMachine
  ) async throws(Failure) -> String {
    guard disk.pool != nil else { return try await vm.attachDisk(disk, id: id) }
    let operation = "attach disk"
    guard disk.name != nil || disk.path != nil else {
      throw Failure(
        .invalid, part: .disk, operation: operation, object: "\(vm.name): disk.id",
        cause: "an image in a pool is called after it, and it is empty", remedy: "give the disk an id")
    }
    let placed = try await placed(disk, at: 0, of: vm.id, vm.name, operation)
    // The same request again asks for nothing.
    let isThere = await vm.record.spec.disks.contains { $0.path == placed.path }
    guard let pool = placed.pool, !isThere else { return try await vm.attachDisk(placed, id: id) }
    return try await promising(placed.size ?? 0, in: pool, for: vm, placed.effectiveName(at: 0), "size", operation) {
      () async throws(Failure) in try await vm.attachDisk(placed, id: id)
    }
  }

  /// Makes a disk larger, of which the image may be in a pool.
  package func resizeDisk(_ name: String, of vm: VirtualMachine, to bytes: UInt64) async throws(Failure) {
    let record = await vm.record
    guard let index = record.diskIndex(name), let pool = record.spec.disks[index].pool,
      case let size = record.spec.disks[index].size ?? 0, bytes > size
    else { return try await vm.resizeDisk(name, to: bytes) }
    try await promising(bytes - size, in: pool, for: vm, name, "new_size_bytes", "resize disk") {
      () async throws(Failure) in try await vm.resizeDisk(name, to: bytes)
    }
  }

  /// Runs `body` while so much is promised for a disk of a VM, whose specification says it afterwards.
  private func promising<R: Sendable>(
    _ bytes: UInt64, in pool: String, for vm: VirtualMachine, _ disk: String, _ field: String, _ operation: String,
    _ body: @Sendable () async throws(Failure) -> R
  ) async throws(Failure) -> R {
    let what = vm.id + "/" + disk
    let pools = context.pools
    try await pools.alone { () async throws(Failure) in
      let uses = await self.diskUses()
      try await pools.check(pool, more: bytes, field: field, uses: uses, operation)
      try await pools.reserve(what, in: pool, bytes, operation)
    }
    let result: Result<R, Failure>
    do throws(Failure) { result = .success(try await body()) } catch { result = .failure(error) }
    await pools.release(what, in: pool)
    return try result.get()
  }

  /// Refuses to delete a VM whose images in pools are another's too.
  func checkPoolImages(of vm: VirtualMachine) async throws(Failure) {
    let folders = await vm.record.allPoolFolders
    guard !folders.isEmpty else { return }
    let use = await diskUses().first { use in use.vm != vm.id && folders.contains { use.path.hasPrefix($0 + "/") } }
    guard let use else { return }
    throw Failure(
      .state, part: .disk, operation: "delete", object: vm.name, cause: "the VM \(use.name) uses \(use.path)",
      remedy: "detach it there first")
  }

  /// Makes a volume larger: in its file, or by the VM that has it as a disk and runs.
  package func resizeVolume(_ name: String, in pool: String, to bytes: UInt64) async throws(Failure) {
    let volume = try await context.pools.volume(name, in: pool, "resize volume")
    for vm in all() {
      let record = await vm.record
      let paths = record.spec.disks.compactMap { $0.path.map { PoolPath.comparable($0) } }
      guard paths.contains(volume.path), await vm.hasProcess else { continue }
      throw Failure(
        .state, part: .disk, operation: "resize volume", object: name,
        cause: "it is a disk of the VM \(vm.name), which runs",
        remedy: "stop the VM first, or resize its disk: vmsupervisor disk resize \(vm.name) DISK SIZE")
    }
    try await context.pools.resizeVolume(name, in: pool, to: bytes, uses: usesNow)
  }

  /// The specification of a VM that is to have this id, with the places of images in pools.
  private func placed(_ spec: VMSpec, of id: String, _ operation: String) async throws(Failure) -> VMSpec {
    guard spec.disks.contains(where: { $0.pool != nil }) else { return spec }
    var placed = spec
    for index in spec.disks.indices {
      placed.disks[index] = try await self.placed(spec.disks[index], at: index, of: id, spec.name, operation)
    }
    return try placed.checked(operation, fields: [:], isNew: true)
  }

  /// The disk with the place of its image: a new one in the pool, or one that is there.
  private func placed(
    _ disk: DiskSpec, at index: Int, of id: String, _ vm: String, _ operation: String
  ) async throws(Failure) -> DiskSpec {
    guard let poolID = disk.pool else { return disk }
    let pool = try await context.pools.find(poolID, operation)
    var disk = disk
    if let path = disk.path {
      disk.pool = nil
      if VMSpec.isAbsolute(path) {
        let whole = try PoolPath.normal(path, operation, field: "path")
        guard pool.path != whole, pool.contains(whole) else {
          throw Failure(
            .invalid, part: .disk, operation: operation, object: "\(vm): path `\(path)`",
            cause: "it is not in the pool \(poolID)", remedy: "leave pool_id out, or name a volume of that pool")
        }
        if disk.size != nil || disk.backing != nil {
          try await checkIsThere(whole, in: poolID, "\(vm): path `\(path)`", operation)
        }
        disk.path = whole
        return disk
      }
      let volume = try await context.pools.volume(path, in: poolID, operation)
      if let trouble = volume.trouble { throw trouble }
      (disk.path, disk.format, disk.size) = (volume.path, volume.format, nil)
      return disk
    }
    if let backing = disk.backing, !VMSpec.isAbsolute(backing) {
      let volume = try await context.pools.volume(backing, in: poolID, operation)
      if let trouble = volume.trouble { throw trouble }
      disk.backing = volume.path
    }
    let (backing, wanted) = (disk.backing, disk.size)
    disk.size = try await context.pools.sizeOfNewDisk(in: poolID, backing: backing, wanted, operation)
    disk.path = pool.folder(ofVM: id) + "/" + disk.fileName(at: index)
    return disk
  }

  /// Refuses to have an image made at a place in a pool that the pool has not given, and promised nothing for.
  private func checkIsThere(
    _ path: String, in pool: String, _ object: String, _ operation: String
  ) async throws(Failure) {
    let isThere = try await context.pools.look(pool, operation) { () throws(Failure) in Files.exists(path) }
    guard !isThere else { return }
    throw Failure(
      .invalid, part: .disk, operation: operation, object: object,
      cause: "no image is there, and in a pool a new one has the place that the pool gives it",
      remedy: "leave path out, or make a volume first (vmsupervisor volume create \(pool) NAME --size SIZE) and name it"
    )
  }
}
