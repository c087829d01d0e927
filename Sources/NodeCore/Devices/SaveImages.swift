import Failure
import FoundationEssentials
import Glibc
import Hypervisor
import Life
import Linux
import Storage

/// How a VM is saved. The guest stands while its disks get a snapshot and its memory is written; then it goes on, and the disks
/// are copied from the snapshot.
extension VMDevices {
  /// - Parameter again: whether that was begun before: then it is whole, or what there is of it goes.
  nonisolated(nonsending) func makeSave(_ save: PendingSave, again: Bool) async throws(Failure) {
    if again { return try await settleSave(save) }
    let folder = SaveFolder(save.place)
    do throws(Failure) {
      try await queue.run { () throws(Failure) in try folder.begin(save.id, Self.saving) }
      let (firmware, memory) = try await catchInstant(save, folder)
      let disks = try await copyDisks(save, folder)
      // Of a hypervisor that has ended meanwhile it is in the images all the same.
      if save.snapshot.state.hasProcess { try await dropSnapshot(save.snapshot) }
      try await finishSave(save, folder, disks, firmware: firmware, memory: memory)
    } catch {
      // A hypervisor that is gone has let go of its images: what is to be done is done when that is known.
      if error.code != .unavailable {
        try? await letGo(save)
        try await dropSnapshot(save.snapshot)
      }
      try? await queue.run { () throws(Failure) in try folder.discard(save.id) }
      throw error
    }
  }

  /// It was begun, and nobody knows how far it came.
  nonisolated(nonsending) private func settleSave(_ save: PendingSave) async throws(Failure) {
    let folder = SaveFolder(save.place)
    try await letGo(save)
    try await dropSnapshot(save.snapshot)
    let isWhole = try await queue.run { () throws(Failure) in
      try folder.discard(save.id)
      return (try? SaveManifest.of(folder, Self.saving))?.id == save.id
    }
    if isWhole { return }
    throw Failure(
      .unavailable, part: .disk, operation: Self.saving, object: "\(name): \(save.place.path)",
      cause: "supervisor or hypervisor ended while it was saved, and what there was of it is removed",
      remedy: "save it again")
  }

  /// Has a guest go on that was made to stand for its memory.
  nonisolated(nonsending) private func letGo(_ save: PendingSave) async throws(Failure) {
    guard record.isSavingMemory, let machine else { return }
    try await machine.settleMemory()
    if try await machine.condition() == .paused { try await machine.resume() }
    await keepMemorySaved()
  }

  /// From now on whoever lets the guest stand does it for something else.
  nonisolated(nonsending) private func keepMemorySaved() async {
    await keeper.keep { record in
      guard case .save(var save) = record.pendingOperation else { return }
      save.snapshot.hardware = nil
      record.pendingOperation = .save(save)
    }
  }

  /// What is of one instant: snapshots of the disks, the firmware's variables, the memory.
  nonisolated(nonsending) private func catchInstant(
    _ save: PendingSave, _ folder: SaveFolder
  ) async throws(Failure) -> (firmware: SavedFile?, memory: SavedFile?) {
    let snapshot = save.snapshot
    guard let machine else {
      guard !snapshot.state.hasProcess else {
        throw Failure(
          .unavailable, part: .hypervisor, operation: Self.saving, object: name, cause: "its hypervisor has ended",
          remedy: "start the VM, and save it again")
      }
      return (try await copyFirmware(save, folder), nil)
    }
    guard snapshot.hardware != nil else {
      let firmware = try await copyFirmware(save, folder)
      try await machine.saveSnapshot(save.id, of: snapshot.disks.map { .disk($0.number) }, memory: nil)
      return (firmware, nil)
    }
    let file = try await queue.run { () throws(Failure) in
      DescriptorCell(try folder.create(SaveManifest.memoryName, in: save.id, Self.saving))
    }
    let commands = run?.commands
    guard life.state == .running else {
      // By itself, or for somebody else: it goes on standing.
      await keepMemorySaved()
      throw Self.stands(name)
    }
    try await machine.halt()
    let firmware = try await copyFirmware(save, folder)
    if !snapshot.disks.isEmpty {
      try await machine.saveSnapshot(save.id, of: snapshot.disks.map { .disk($0.number) }, memory: nil)
    }
    if let descriptor = file.take() {
      do throws(Failure) { try await machine.writeMemory(into: descriptor) } catch {
        var failure = error
        if failure.object.isEmpty { failure.object = "\(name): \(folder.place.path)" }
        throw failure
      }
    }
    // Whoever lets it go meanwhile makes its memory newer than its disks.
    let isOfOneInstant = run?.commands == commands
    try await machine.resume()
    await keepMemorySaved()
    guard isOfOneInstant else {
      throw Failure(
        .state, part: .state, operation: Self.saving, object: name,
        cause: "it was paused, resumed or reset while its memory was written", remedy: "save it again")
    }
    return (firmware, try await measure(SaveManifest.memoryName, folder, save.id))
  }

  nonisolated(nonsending) private func copyFirmware(
    _ save: PendingSave, _ folder: SaveFolder
  ) async throws(Failure) -> SavedFile? {
    guard record.spec.boot == .firmware(.uefi) else { return nil }
    let path = paths.firmwareVariables
    return try await queue.run { () throws(Failure) in
      guard Files.exists(path) else { return nil }
      let source = try NamedFile.open(path, O_RDONLY, "firmware variables")
      let target = try folder.create(SaveManifest.firmwareName, in: save.id, Self.saving)
      let known = try SavedFile.measure(source.raw, named: SaveManifest.firmwareName, at: path)
      try known.copy(source.raw, at: path, to: target.raw, Self.saving)
      return known
    }
  }

  nonisolated(nonsending) private func copyDisks(
    _ save: PendingSave, _ folder: SaveFolder
  ) async throws(Failure) -> [SaveManifest.Disk] {
    // The present state of one that did not run when it was begun; nothing starts it meanwhile.
    let snapshot = save.snapshot.state.hasProcess ? save.id : nil
    var disks: [SaveManifest.Disk] = []
    for disk in save.snapshot.disks {
      let (path, file) = (imagePath(of: disk), SaveManifest.fileName(ofDisk: disk.name))
      let copy = try await queue.run { () throws(Failure) in
        try DiskCopy.open(disk.spec, path, size: disk.size, snapshot: snapshot)
      }
      try await copies.run { tools throws(Failure) in
        let target = try folder.create(file, in: save.id, Self.saving)
        try copy.write(to: target.raw, by: tools, Self.saving)
      }
      disks.append(
        SaveManifest.Disk(name: disk.name, size: disk.size, file: try await measure(file, folder, save.id)))
    }
    return disks
  }

  nonisolated(nonsending) private func finishSave(
    _ save: PendingSave, _ folder: SaveFolder, _ disks: [SaveManifest.Disk], firmware: SavedFile?, memory: SavedFile?
  ) async throws(Failure) {
    var sizes: [Int: UInt64] = [:]
    for disk in save.snapshot.disks { if let index = record.diskIndex(disk.name) { sizes[index] = disk.size } }
    let document = try RecordStore.bytes(of: record.spec.saved(sizes: sizes))
    let (id, name, addresses) = (record.id, name, record.deviceAddresses)
    let (givenName, givenDrives) = (record.givenName, record.givenDrives)
    try await queue.run { () throws(Failure) in
      var manifest = SaveManifest(
        id: save.id, createdAt: save.snapshot.createdAt, vmID: id, vmName: name,
        consistency: save.snapshot.consistency, addresses: addresses,
        document: try folder.write(document, named: SaveManifest.documentName, in: save.id, Self.saving), disks: disks,
        firmware: firmware, memory: memory, hardware: save.snapshot.hardware)
      (manifest.givenName, manifest.givenDrives) = (givenName, givenDrives)
      _ = try folder.write(
        try RecordStore.bytes(of: manifest), named: SaveFolder.manifest, in: save.id, Self.saving)
      try folder.finish(save.id, Self.saving)
    }
  }

  /// Reads what was written, when it is on the disk.
  nonisolated(nonsending) private func measure(
    _ name: String, _ folder: SaveFolder, _ id: String
  ) async throws(Failure) -> SavedFile {
    try await BlockingQueue("saved file").run { () throws(Failure) in
      try folder.measure(name, in: id, Self.saving)
    }
  }
}

extension SaveManifest {
  /// The manifest of a folder, after its rules.
  static func of(_ folder: SaveFolder, _ operation: String) throws(Failure) -> SaveManifest {
    try read(try folder.readManifest(operation), at: folder.place.path + "/" + SaveFolder.manifest, operation)
  }
}
