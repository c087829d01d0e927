package import Failure
import Glibc
package import Linux
package import VMSpec

/// Images of disks that come to a VM, or grow.
extension DiskImage {
  /// An image that is open for the hypervisor, and the files that were made for it.
  package struct Ready: Sendable {
    package var file: DescriptorCell
    package var made: [String]
    package var image: OpenImage
  }

  /// Opens the image of a disk, and makes it if it has a size and is not there.
  /// - Parameters:
  ///   - known: images that a guest has had.
  ///   - set: the number that the hypervisor will know it by.
  package static func ready(
    _ disk: DiskSpec, of vm: String, known: [KnownImage], set: Int, in paths: ImageFolder, holders: ImageHolders
  ) throws(Failure) -> Ready {
    let alone = VMSpec(name: vm, memory: 0, boot: .firmware(.bios), disks: [disk])
    let made = try createMissing(alone, known: known, in: paths)
    do throws(Failure) {
      let path = disk.path ?? paths.disk(disk.fileName(at: 0))
      let what = "disk \(disk.effectiveName(at: 0))"
      let file = try open(disk, path, what)
      try holders.check(file.raw, path, what, writing: !disk.readonly, for: paths.id)
      guard let image = OpenImage(file.raw, path, what, isWritten: !disk.readonly, number: set) else {
        throw Errno(errno).failure("look at", path)
      }
      return Ready(file: DescriptorCell(file), made: made, image: image)
    } catch {
      for path in made { unlink(path) }
      throw error
    }
  }

  /// Opens the image of a disk as the hypervisor is to have it, and looks whether it is one.
  /// - Parameter remedy: what helps if it is not there; nil for one that is just being named.
  package static func open(
    _ disk: DiskSpec, _ path: String, _ what: String, missing remedy: String? = nil
  ) throws(Failure) -> Descriptor {
    let flags = disk.readonly ? O_RDONLY : O_RDWR
    let file = try NamedFile.open(path, flags, what, as: .fileOrVolume, missing: remedy)
    try check(file.raw, path, disk)
    return file
  }

  /// Opens what is laid into a CD drive.
  package static func openMedium(
    _ path: String, _ what: String = "medium", missing remedy: String? = nil
  ) throws(Failure) -> Descriptor {
    let file = try NamedFile.open(path, O_RDONLY, what, as: .fileOrVolume, missing: remedy)
    try ImageHeader.checkReadOnly(
      try NamedFile.read(file.raw, path, ImageHeader.length), path: path, mayBeQcow2: false)
    return file
  }

  /// Bytes that a guest sees of an image.
  package static func size(_ disk: DiskSpec, _ path: String) throws(Failure) -> UInt64 {
    let file = try NamedFile.open(path, O_RDONLY, "disk \(disk.name ?? "")", as: .fileOrVolume)
    try check(file.raw, path, disk)
    if disk.format == .qcow2 {
      return ImageHeader.virtualSize(try NamedFile.read(file.raw, path, ImageHeader.length)) ?? 0
    }
    // Block devices too have their end there.
    return UInt64(max(0, lseek(file.raw, 0, SEEK_END)))
  }

  /// Makes an image larger that no hypervisor has open.
  /// - Parameters:
  ///   - tools: runs what grows a qcow2 image.
  package static func grow(
    _ disk: DiskSpec, _ path: String, to bytes: UInt64, by tools: some ToolRunner
  ) throws(Failure) {
    let what = "disk \(disk.name ?? "")"
    let file = try open(disk, path, what)
    guard disk.format == .qcow2 else {
      let remedy = "see to space and permissions there"
      guard let size = off_t(exactly: bytes) else { throw Errno(EFBIG).failure("grow image", path, remedy: remedy) }
      if ftruncate(file.raw, size) != 0 { throw Errno(errno).failure("grow image", path, remedy: remedy) }
      if fsync(file.raw) != 0 { throw Errno(errno).failure("grow image", path, remedy: remedy) }
      return
    }
    // What was looked at is what is opened again: the descriptor, no path. Nothing below it, whatever its header says.
    let node =
      #"json:{"driver":"qcow2","backing":null,"file":{"driver":"file","filename":"/proc/self/fd/\#(Tool.file)"}}"#
    try tools.run(
      .qemuImage, .init(arguments: ["resize", "-q", node, String(bytes)]), operation: "grow image", object: path,
      file: file.raw)
  }
}
