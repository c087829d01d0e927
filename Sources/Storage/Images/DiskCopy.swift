package import Failure
import Glibc
import Linux
package import VMSpec

/// A complete copy of what a guest sees of a disk: one qcow2 image with nothing below it.
package struct DiskCopy: Sendable {
  private let path: String
  private let format: DiskSpec.Format
  private let file: DescriptorCell
  private let below: (file: DescriptorCell, format: DiskSpec.Format)?
  /// The internal snapshot that is meant; nil is the present state.
  private let snapshot: String?
  private let size: UInt64

  /// Opens the images. Blocks.
  /// - Parameters:
  ///   - path: of the disk's image.
  ///   - size: bytes that a guest sees.
  ///   - snapshot: the internal snapshot that is meant, of an image that a hypervisor may have open: what a snapshot has is not
  ///     written again before that is removed. nil is the present state, of an image that nobody writes.
  package static func open(_ disk: DiskSpec, _ path: String, size: UInt64, snapshot: String?) throws(Failure)
    -> DiskCopy
  {
    var reading = disk
    reading.readonly = true
    let file = try DiskImage.open(reading, path, "disk \(disk.name ?? "")")
    var below: (file: DescriptorCell, format: DiskSpec.Format)?
    if let backing = disk.backing {
      let image = try BackingImage.open(backing)
      let format = image.format
      below = (DescriptorCell(image.take()), format)
    }
    return DiskCopy(
      path: path, format: disk.format, file: DescriptorCell(file), below: below, snapshot: snapshot, size: size)
  }

  /// Writes it into an empty file, which is on the disk then. Blocks.
  package func write(to target: Int32, by tools: any ToolRunner, _ operation: String) throws(Failure) {
    guard let layout = FreshQcow2.plan(size: size) else {
      throw Failure(
        .unsupported, part: .disk, operation: operation, object: path,
        cause: "a qcow2 image cannot have its \(size) bytes", remedy: "use whole sectors of 512 bytes")
    }
    guard let source = file.take() else {
      throw Failure(.internal, part: .disk, operation: operation, object: path, cause: "it is closed already")
    }
    do throws(Errno) { try layout.write(to: target) } catch { throw error.failure(operation, path).of(.disk) }
    var work = ToolWork(arguments: arguments)
    work.source = source.raw
    if let base = below?.file.take() {
      work.below = base.raw
      try tools.run(.qemuImage, work, operation: operation, object: path, file: target)
    } else {
      try tools.run(.qemuImage, work, operation: operation, object: path, file: target)
    }
    if fsync(target) != 0 { throw Errno(errno).failure(operation, path, remedy: "see to space there").of(.disk) }
  }

  /// Only descriptors that were looked at are opened, and nothing that a header names.
  private var arguments: [String] {
    var node = "driver=\(format.rawValue),file.driver=file,file.filename=/proc/self/fd/\(Tool.source)"
    if format == .qcow2 {
      node +=
        below.map { below in
          ",backing.driver=\(below.format.rawValue),backing.file.driver=file"
            + ",backing.file.filename=/proc/self/fd/\(Tool.below)" + (below.format == .qcow2 ? ",backing.backing=" : "")
        } ?? ",backing="
    }
    let target = "driver=qcow2,file.driver=file,file.filename=/proc/self/fd/\(Tool.file),backing="
    var options = ["convert", "-q", "-n", "--target-is-zero", "--image-opts", "--target-image-opts"]
    if let snapshot { options += ["-U", "-l", "snapshot.name=\(snapshot)"] }
    return options + [node, target]
  }
}
