package import Failure
import Glibc
import Linux
package import VMSpec

/// A volume that is to be made.
package struct VolumeOrder: Sendable {
  package var id: String
  package var format: DiskSpec.Format
  /// Bytes that a guest sees.
  package var size: UInt64
  package var preallocation: Preallocation
  package var source: VolumeSource?

  package init(
    id: String, format: DiskSpec.Format, size: UInt64, preallocation: Preallocation = .off, source: VolumeSource? = nil
  ) {
    self.id = id
    self.format = format
    self.size = size
    self.preallocation = preallocation
    self.source = source
  }

  /// Refuses a size that no disk has.
  package static func check(size: UInt64, field: String, _ operation: String) throws(Failure) {
    func refusal(_ cause: String, _ remedy: String) -> Failure {
      Failure(.invalid, part: .disk, operation: operation, object: field, cause: cause, remedy: remedy)
    }
    guard size > 0 else { throw refusal("it is 0", "say how many bytes the disk is to have") }
    guard size <= VMSpec.largestDisk else {
      throw refusal(
        "\(Size.text(size)) is more than \(Size.text(VMSpec.largestDisk)), the most", "write a smaller size")
    }
    guard size % 512 == 0 else {
      throw refusal("\(size) bytes are no whole number of sectors of 512 bytes", "write a multiple of 512")
    }
  }

  /// Makes it under another name, which becomes its own when it is whole and on the disk. Blocks.
  /// - Parameter tools: runs what copies images; what copies none needs none.
  package func make(in folder: PoolFolder, by tools: (any ToolRunner)?, _ operation: String) throws(Failure) {
    let path = folder.pool.volumes + "/" + Volume.fileName(id, format)
    let temporary = Volume.temporaryName(id, format)
    let place = try folder.ours(StoragePool.volumeFolder, operation)
    do {
      unlinkat(place.raw, temporary, 0)
      let file = try Files.open("/proc/self/fd/\(place.raw)/\(temporary)", O_RDWR | O_CREAT | O_EXCL)
      try layout(path, operation).write(to: file.raw)
      if preallocation == .falloc { try Files.reserve(file.raw, bytes: size) }
      if let source { try source.copy(to: file.raw, path, format, by: tools, operation) }
      if fsync(file.raw) != 0 { throw Errno(errno) }
      try Files.renameNew(temporary, to: Volume.fileName(id, format), in: place.raw)
      if fsync(place.raw) != 0 { throw Errno(errno) }
    } catch {
      unlinkat(place.raw, temporary, 0)
      if let failure = error as? Failure { throw failure.of(.disk) }
      let errno = error as? Errno ?? Errno(EIO)
      let remedy = errno.code == EEXIST ? "choose another id" : "see to space and permissions there"
      throw errno.failure(operation, path, remedy: remedy).of(.disk)
    }
  }

  private func layout(_ path: String, _ operation: String) throws(Failure) -> FreshQcow2.Layout {
    guard format == .qcow2 else { return FreshQcow2.Layout(parts: [], size: size) }
    guard let layout = FreshQcow2.plan(size: size) else {
      throw Failure(
        .invalid, part: .disk, operation: operation, object: path, cause: "a qcow2 image cannot have \(size) bytes",
        remedy: "use whole sectors of 512 bytes, \(Size.text(FreshQcow2.mostBytes)) at most")
    }
    return layout
  }
}

extension VolumeSource {
  /// Copies what a guest sees into an empty image that is open. Both are descriptors to the tool: it opens no path, and
  /// nothing that a header names.
  fileprivate func copy(
    to target: Int32, _ path: String, _ wanted: DiskSpec.Format, by tools: (any ToolRunner)?, _ operation: String
  ) throws(Failure) {
    guard let tools, let source = file.take() else {
      throw Failure(.internal, part: .disk, operation: operation, object: path, cause: "its source is closed already")
    }
    func node(_ format: DiskSpec.Format, _ number: Int32) -> String {
      "driver=\(format.rawValue),file.driver=file,file.filename=/proc/self/fd/\(number)"
        + (format == .qcow2 ? ",backing=" : "")
    }
    var work = ToolWork(
      arguments: ["convert", "-q", "-n", "--target-is-zero", "--image-opts", "--target-image-opts"]
        + (snapshot.map { ["-l", "snapshot.name=\($0)"] } ?? []) + [node(format, Tool.source), node(wanted, Tool.file)])
    work.source = source.raw
    try tools.run(.qemuImage, work, operation: operation, object: path, file: target)
  }
}
