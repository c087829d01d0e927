package import Failure
import FoundationEssentials
import Glibc
import Hypervisor
import Linux
package import Storage
import VMSpec

/// VMs that are saved into folders and made again from them.
extension Fleet {
  /// What was made of a folder.
  package struct Restored: Sendable {
    package var vm: VirtualMachine
    /// What is otherwise than it was saved: sentences.
    package var remarks: [String]
  }

  /// Saves a VM.
  /// - Parameter folder: as somebody has written it.
  package func save(_ vm: VirtualMachine, into folder: String, isDiskOnly: Bool) async throws(Failure) -> (
    place: SavePlace, manifest: SaveManifest
  ) {
    let place = try SavePlace.find(folder, roots: context.settings.saveRoots, "save")
    let order = SaveOrder(place: place, makesRoot: place.root == context.paths.saves, isDiskOnly: isDiskOnly)
    return (place, try await vm.save(order))
  }

  /// Makes a VM of a folder, which stays as it is.
  /// - Parameters:
  ///   - text: the folder, as somebody has written it.
  ///   - name: of the new VM; nil: of the one that was saved.
  ///   - disksOnly: whether it boots, also where there is a memory.
  package func restore(_ text: String, name: String?, disksOnly: Bool) async throws(Failure) -> Restored {
    let operation = "restore"
    let place = try SavePlace.find(text, roots: context.settings.saveRoots, operation)
    let folder = SaveFolder(place)
    let files = BlockingQueue("restore")
    let (manifest, saved) = try await files.run { () throws(Failure) in
      let manifest = try SaveManifest.of(folder, operation)
      return (manifest, try manifest.readDocument(folder, operation))
    }
    var (renamed, remarks) = saved.renamed(name ?? saved.name)
    if renamed.name != saved.name, manifest.hasGivenNames {
      remarks.append("it and its parts have no names of another control plane any more: those are of \(saved.name)")
    }
    // Its disks may have come and gone before it was saved: their names are those of their places, not of their positions.
    let spec = try renamed.checked(operation, fields: ["name": "name"])
    guard !all().contains(where: { $0.name == spec.name }) else {
      throw Failure(
        .exists, part: .record, operation: operation, object: spec.name, cause: "a VM of that name exists already",
        remedy: "restore it under another name: --name")
    }
    let wakes = manifest.memory != nil && !disksOnly
    if wakes {
      try spec.checkCopy(operation)
      try await checkHardware(manifest, operation)
    }
    let id = RecordID.random().wrappedValue
    try await checkRoom(manifest, wakes: wakes, operation)
    let prepared = try await context.store.prepare(id)
    do throws(Failure) {
      try await files.run { () throws(Failure) in
        try manifest.copy(from: folder, into: prepared, spec, wakes: wakes, operation)
      }
      let vm = try await create(
        spec, id: id, saved: PreparedVM(folder: prepared, manifest: manifest, wakes: wakes))
      return Restored(vm: vm, remarks: remarks)
    } catch {
      await context.store.discard(prepared: prepared)
      throw error
    }
  }

  /// Refuses a memory that cannot go on with this host's hypervisor, before anything is copied. All of it is compared at the start.
  private func checkHardware(_ manifest: SaveManifest, _ operation: String) async throws(Failure) {
    guard let needed = manifest.hardware else { return }
    let release = "\(context.backend.name) \(try await context.backend.capabilities().version)"
    var here = needed
    here.hypervisor = release
    if needed.accelerator == "kvm" { here.processor = context.facts.cpuModel }
    guard let difference = needed.differences(to: here).first else { return }
    throw Failure(
      .state, part: .hypervisor, operation: operation, object: manifest.vmName,
      cause: "its memory cannot go on here: \(difference)",
      remedy: "restore it on a host as the one where it was saved, or let it boot: --disks-only")
  }

  private func checkRoom(_ manifest: SaveManifest, wakes: Bool, _ operation: String) async throws(Failure) {
    let needed = PoolRoom.sum([manifest.bytes - (wakes ? 0 : manifest.memory?.bytes ?? 0)])
    let state = context.paths.state
    let free = await context.store.queue.run { FileSystemSpace("state", path: state)?.freeBytes }
    guard let free, free < needed else { return }
    throw Failure(
      .exhausted, part: .disk, operation: operation, object: state,
      cause: "it needs \(Size.text(needed)), and its file system has \(Size.text(free)) left",
      remedy: "make room there")
  }
}

extension SaveManifest {
  /// The specification as it was saved.
  fileprivate func readDocument(_ folder: SaveFolder, _ operation: String) throws(Failure) -> VMSpec {
    let path = folder.place.path + "/" + document.name
    let bytes = try folder.read(document.name, most: Self.longestDocument, operation)
    guard SavedFile(of: bytes, named: document.name) == document else {
      throw Failure(
        .invalid, part: .disk, operation: operation, object: path, cause: "it is not the file that was saved",
        remedy: "bring the whole folder back from where it was copied, or save the VM again")
    }
    let spec: VMSpec
    do { spec = try JSONDecoder().decode(VMSpec.self, from: Data(bytes)) } catch {
      throw Failure(
        .invalid, part: .disk, operation: operation, object: path,
        cause: "it is no specification: \((error as? DecodingError)?.words ?? "it cannot be read")",
        remedy: "bring the whole folder back from where it was copied, or save the VM again")
    }
    try check(spec, at: path, operation)
    return spec
  }

  /// Copies what a VM needs into a folder of its own. Blocks.
  fileprivate func copy(
    from folder: SaveFolder, into prepared: String, _ spec: VMSpec, wakes: Bool, _ operation: String
  ) throws(Failure) {
    let images = ImageFolder(id: "", path: prepared)
    for disk in disks {
      guard let index = spec.disks.indices.first(where: { spec.disks[$0].effectiveName(at: $0) == disk.name }) else {
        continue
      }
      let image = images.disk(spec.disks[index].fileName(at: index))
      try copy(disk.file, from: folder, to: image, operation)
      let file = try DiskImage.open(spec.disks[index], image, "disk \(disk.name)")
      guard try DiskImage.size(spec.disks[index], image) == disk.size else {
        throw Failure(
          .invalid, part: .disk, operation: operation, object: folder.place.path + "/" + disk.file.name,
          cause: "the disk in it has not the \(disk.size) bytes that the manifest says",
          remedy: "bring the whole folder back from where it was copied")
      }
      _ = file.raw
    }
    if let firmware { try copy(firmware, from: folder, to: prepared + "/" + Self.firmwareName, operation) }
    if wakes, let memory { try copy(memory, from: folder, to: prepared + "/" + Self.memoryName, operation) }
  }

  private func copy(
    _ file: SavedFile, from folder: SaveFolder, to path: String, _ operation: String
  ) throws(Failure) {
    let source = try folder.open(file.name, operation)
    let target: Descriptor
    do throws(Errno) { target = try Files.open(path, O_WRONLY | O_CREAT | O_EXCL) } catch {
      throw error.failure(operation, path).of(.disk)
    }
    try file.copy(source.raw, at: folder.place.path + "/" + file.name, to: target.raw, operation)
  }
}
