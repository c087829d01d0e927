import Failure
import Glibc
import Hypervisor
import Life
import Linux
import Storage
import VMSpec

/// Disks that come and go.
extension VMDevices {
  /// Gives the VM a disk: at once if it runs, otherwise at its next start. The same disk again changes nothing.
  /// - Parameters:
  ///   - request: a nil name takes the first free `diskN`.
  ///   - id: what another control plane calls it; nil if that is its name.
  /// - Returns: the disk's name.
  nonisolated(nonsending) func attachDisk(_ request: DiskSpec, id: String? = nil) async throws(Failure) -> String {
    let operation = "attach disk"
    var chosen = request.name ?? ""
    try await operate(operation, of: .disk) { () async throws(Failure) in
      try self.checkHotPlug(operation)
      var disk = request
      let name = request.name ?? self.record.freeDiskName
      disk.name = name
      chosen = name
      if let id, let other = self.record.diskIndex(id), self.record.spec.disks[other].effectiveName(at: other) != name {
        throw Failure(
          .exists, operation: operation, object: "\(self.name): \(id)", cause: "it has another disk of that name",
          remedy: "choose another name, or detach that one first")
      }
      if let index = self.record.diskIndex(name) {
        guard self.record.spec.disks[index].isSame(as: disk) else {
          throw Failure(
            .exists, operation: operation, object: "\(self.name): \(name)", cause: "it has another disk of that name",
            remedy: "choose another name, or detach that one first")
        }
        if try await self.hasDisk(index) { return nil }
        try self.checkPlug(disk.bus, operation)
        return Change(record: self.record, operation: .attachDisk(name: name))
      }
      try self.checkPlug(disk.bus, operation)
      var record = self.record
      let port = disk.bus.hasOwnPort ? try self.choosePort(operation) : nil
      record.rearrange { spec, addresses in
        spec.disks.append(disk)
        addresses.disks.append(.init(number: DeviceAddresses.free(addresses.disks), port: port, id: id))
      }
      let (disks, addresses) = (record.spec.disks, record.devices.disks)
      if let (cause, remedy) = DiskSerial.trouble(disks.count - 1, of: disks, at: addresses) {
        throw Failure(.invalid, operation: operation, object: "\(self.name): name", cause: cause, remedy: remedy)
      }
      // First the request itself: one that can never hold says nothing about the files of the host.
      _ = try record.spec.checked(operation, fields: Change.fields)
      try await self.checkImage(disk, operation)
      return Change(record: record, operation: .attachDisk(name: name))
    }
    return chosen
  }

  /// Takes a disk away: from the guest if it runs, and from the specification.
  /// - Parameter removes: whether an image in the VM's own folder goes too.
  nonisolated(nonsending) func detachDisk(_ name: String, removes: Bool = false) async throws(Failure) {
    let operation = "detach disk"
    try await operate(operation, of: .disk) { () async throws(Failure) in
      let object = "\(self.name): \(name)"
      guard let index = self.record.diskIndex(name) else { throw self.record.noDisk(name, operation) }
      if removes { try await self.checkPool(of: self.record.spec.disks[index]) }
      var record = self.record
      let disk = record.spec.disks[index]
      if removes, disk.path != nil, disk.pool == nil {
        throw Failure(
          .invalid, operation: operation, object: object, cause: "its image was not made by the supervisor",
          remedy: "detach it without --delete, then remove \(disk.path ?? "") yourself")
      }
      if removes, let snapshot = record.snapshots?.having(disk: disk.effectiveName(at: index)).first {
        throw Failure(
          .state, operation: operation, object: object, cause: "its image has the snapshot \(snapshot.name)",
          remedy: "detach it without --delete, or delete its snapshots first: vmsupervisor snapshot list \(self.name)")
      }
      let place = record.devices.disks[index]
      try self.checkLeaving(place, of: disk.bus, operation, object)
      record.rearrange { spec, addresses in
        // The file of a disk without a name is called after its position, which is about to change.
        for later in spec.disks.indices where later > index && spec.disks[later].name == nil {
          spec.disks[later].name = spec.disks[later].effectiveName(at: later)
        }
        spec.disks.remove(at: index)
        addresses.disks.remove(at: index)
      }
      return Change(
        record: record, operation: .detachDisk(disk, index: index, place: place, removes: removes))
    }
  }

  /// Refuses a disk for a guest that runs, on a controller that takes none then.
  private func checkPlug(_ bus: DiskSpec.Bus, _ operation: String) throws(Failure) {
    guard life.state.hasProcess, !bus.isPluggable else { return }
    let others = DiskSpec.Bus.allCases.filter(\.isPluggable).map(\.rawValue).joined(separator: ", ")
    throw Failure(
      .unsupported, part: .state, operation: operation, object: "\(name): bus",
      cause: "the \(bus.rawValue) controller takes no disk while the guest runs",
      remedy: "use another bus (\(others)), or stop the VM first")
  }

  /// Whether the running guest has that disk; one that does not run will have it.
  nonisolated(nonsending) private func hasDisk(_ index: Int) async throws(Failure) -> Bool {
    guard let machine else { return true }
    return try await machine.has(.disk(record.devices.disks[index].number))
  }

  /// Refuses an image that cannot be one, before anything is written down.
  nonisolated(nonsending) private func checkImage(_ disk: DiskSpec, _ operation: String) async throws(Failure) {
    let paths = paths
    try await queue.run { () throws(Failure) in
      guard let path = disk.path, disk.pool == nil else {
        let own = disk.path ?? paths.disk(disk.fileName(at: 0))
        guard Files.exists(own) else { return }
        throw Failure(
          .exists, operation: operation, object: own,
          cause: "an image of that name is left of a disk that was detached",
          remedy: "attach it with --path \(own), or remove it, or choose another name")
      }
      let what = "disk \(disk.effectiveName(at: 0))"
      guard path.utf8.first == UInt8(ascii: "/") else {
        throw Failure(
          .invalid, operation: "open \(what)", object: path, cause: "it is no absolute path",
          remedy: "write the whole path, which begins with /")
      }
      if disk.size != nil, !Files.exists(path) { return }
      _ = try DiskImage.open(disk, path, what)
    }
  }

  // MARK: in the hypervisor

  nonisolated(nonsending) func plugDisk(_ name: String) async throws(Failure) {
    guard let index = record.diskIndex(name), let machine else { return }
    let disk = record.spec.disks[index]
    let place = record.devices.disks[index]
    if try await machine.has(.disk(place.number)) { return }
    // An earlier try may have got half way.
    try await clearDisk(place, machine)
    let (paths, vm, known, holders) = (paths, self.name, record.images ?? [], holders)
    let number = machine.imageNumber(of: .disk(place.number))
    let ready = try await queue.run { () throws(Failure) in
      try DiskImage.ready(disk, of: vm, known: known, set: number, in: paths.images, holders: holders)
    }
    guard let file = ready.file.take() else { return }
    do throws(Failure) {
      try await images.noteAll()
      try await machine.plug(disk, at: place, file)
    } catch {
      try? await clearDisk(place, machine)
      // Nobody has written to it yet.
      await images.forget(ready.made, known: known)
      throw refusal(error, of: ready.image, "\(self.name): \(name)")
    }
    images.noteOpen(ready.image)
  }

  /// The hypervisor's refusal of an image, with a remedy if another process has it open for writing.
  private func refusal(_ failure: Failure, of image: OpenImage, _ disk: String) -> Failure {
    guard backend.meansLockedImage(failure.cause) else {
      var failure = failure
      if failure.object.isEmpty { failure.object = disk }
      failure.cause = backend.plainWords(failure.cause, images: [image].pathsByNumber)
      return failure
    }
    return ImageHolders.inUse(
      image.path, image.what, by: holders.holder(of: image.identity, except: record.id))
  }

  nonisolated(nonsending) func unplugDisk(_ name: String, _ place: DeviceAddresses.Address) async throws(Failure) {
    guard let machine else { return }
    try await release(.disk(place.number), "\(self.name): \(name)", machine)
    try await clearDisk(place, machine)
  }

  /// Gives up the image of a disk that the guest does not have.
  nonisolated(nonsending) func clearDisk(
    _ place: DeviceAddresses.Address, _ machine: any Machine
  ) async throws(Failure) {
    try await machine.clear(.disk(place.number))
    images.noteClosed(
      number: machine.imageNumber(of: .disk(place.number)), index: record.devices.disks.firstIndex(of: place))
  }

  nonisolated(nonsending) func removeImage(of disk: DiskSpec, at index: Int) async throws(Failure) {
    let path = disk.path ?? paths.disk(disk.fileName(at: index))
    try await queue.run { () throws(Failure) in
      if let pool = disk.pool { try PoolFolder.checkPlace(ofImage: path, in: pool, "remove image") }
      if unlink(path) != 0, errno != ENOENT { throw Errno(errno).failure("remove image", path) }
      // In a pool the VM has a folder as long as it has images there.
      if disk.pool != nil, let end = path.lastIndex(of: "/") { rmdir(String(path[..<end])) }
    }
  }

  /// Refuses what `removeImage` would refuse, before anything happens.
  nonisolated(nonsending) private func checkPool(of disk: DiskSpec) async throws(Failure) {
    guard let pool = disk.pool, let path = disk.path else { return }
    try await queue.run { () throws(Failure) in try PoolFolder.checkPlace(ofImage: path, in: pool, "remove image") }
  }
}

extension Record {
  /// That there is no disk of that name.
  func noDisk(_ name: String, _ operation: String) -> Failure {
    let names = spec.disks.enumerated().map { $1.effectiveName(at: $0) }
    return Failure(
      .notFound, operation: operation, object: "\(spec.name): \(name)",
      cause: names.isEmpty ? "the VM has no disks" : "its disks are \(names.joined(separator: ", "))")
  }

  /// `diskN` with the number of the next place, as the guest calls it too; with something behind it if another disk has
  /// that name.
  fileprivate var freeDiskName: String {
    let name = "disk\(DeviceAddresses.free(devices.disks))"
    return ([name] + (1...spec.disks.count + 1).map { "\(name)-\($0)" }).first { diskIndex($0) == nil } ?? name
  }
}

extension DiskSpec {
  /// Whether `request` asks for what is there. What it leaves open fits anything.
  fileprivate func isSame(as request: DiskSpec) -> Bool {
    path == request.path && format == request.format && bus == request.bus && readonly == request.readonly
      && (request.size == nil || size == request.size)
  }
}

extension [OpenImage] {
  /// Their paths by the numbers that the hypervisor knows them by.
  var pathsByNumber: [Int: String] { Dictionary(map { ($0.number, $0.path) }) { $1 } }
}
