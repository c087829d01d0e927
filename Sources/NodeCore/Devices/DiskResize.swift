import Failure
import Glibc
import Hypervisor
import Linux
import Storage
import VMSpec

/// Disks that grow.
extension VMDevices {
  /// Makes a disk larger: at once for the guest if it runs, otherwise in its image.
  /// - Parameter bytes: the size it is to have; the one that it has changes nothing.
  nonisolated(nonsending) func resizeDisk(_ name: String, to bytes: UInt64) async throws(Failure) {
    let operation = "resize disk"
    try await operate(operation, of: .disk) { () async throws(Failure) in
      let object = "\(self.name): \(name)"
      guard let index = self.record.diskIndex(name) else { throw self.record.noDisk(name, operation) }
      var record = self.record
      let disk = record.spec.disks[index]
      guard bytes <= VMSpec.largestDisk else {
        throw Failure(
          .invalid, operation: operation, object: "\(object): size_bytes",
          cause: "\(Size.text(bytes)) is more than \(Size.text(VMSpec.largestDisk)), the most",
          remedy: "write a smaller size")
      }
      guard bytes % 512 == 0 else {
        throw Failure(
          .invalid, operation: operation, object: "\(object): size_bytes",
          cause: "\(bytes) bytes are no whole number of sectors of 512 bytes",
          remedy: "write a size such as \(Size.text((bytes >> 20 + 1) << 20))")
      }
      if self.record.wake != nil, !self.life.state.hasProcess {
        throw Failure(
          .state, operation: operation, object: object,
          cause: "its next start goes on from the memory of a snapshot, with the disks of then",
          remedy: "start it first, or let it boot: vmsupervisor snapshot revert --disks-only")
      }
      if disk.readonly {
        throw Failure(
          .invalid, operation: operation, object: object, cause: "the disk is read only",
          remedy: "grow its image where it is written, with `qemu-img resize`")
      }
      // One that was never there is made with the new size.
      let now = try await self.diskSize(index) ?? 0
      guard bytes >= now else {
        throw Failure(
          .invalid, operation: operation, object: object,
          cause: "it has \(Size.text(now)), and shrinking it to \(Size.text(bytes)) would cut off what is at its end",
          remedy: "make a smaller disk, attach it and copy the data in the guest")
      }
      if bytes == now, disk.size == nil || disk.size == bytes { return nil }
      if self.life.state.hasProcess, !disk.bus.isGrowable {
        throw Failure(
          .unsupported, part: .state, operation: operation, object: object,
          cause: "a guest is not told that a disk on \(disk.bus.rawValue) has grown", remedy: "stop the VM first")
      }
      // An image at a path of the user's says its size itself; a size in the document would mean to make it.
      if disk.size != nil || disk.path == nil { record.spec.disks[index].size = bytes }
      return Change(record: record, operation: .resizeDisk(name: name, from: disk.size, to: bytes))
    }
  }

  /// Bytes that the guest sees; nil if there is no image yet.
  nonisolated(nonsending) func diskSize(_ index: Int) async throws(Failure) -> UInt64? {
    let device = Device.disk(record.devices.disks[index].number)
    if let machine, let size = try await machine.size(of: device) { return size }
    let disk = record.spec.disks[index]
    let (paths, vm, known) = (paths, name, record.images ?? [])
    let path = disk.path ?? paths.disk(disk.fileName(at: index))
    return try await queue.run { () throws(Failure) in
      let isToBeMade = try DiskImage.isToBeMade(disk, at: index, of: vm, known: known, in: paths.images)
      return isToBeMade ? nil : try DiskImage.size(disk, path)
    }
  }

  nonisolated(nonsending) func growDisk(_ name: String, to bytes: UInt64) async throws(Failure) {
    guard let index = record.diskIndex(name) else { return }
    let now = try await diskSize(index)
    guard let now, now < bytes else { return }
    let disk = record.spec.disks[index]
    if let machine { return try await machine.resize(.disk(record.devices.disks[index].number), to: bytes) }
    let path = disk.path ?? paths.disk(disk.fileName(at: index))
    let tools = tools
    let files = try await Tool.qemuImage.files()
    try await queue.run { () throws(Failure) in
      try DiskImage.grow(disk, path, to: bytes, by: EquippedToolRoom(room: tools, files: files))
    }
  }
}
