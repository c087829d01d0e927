import Failure
import Glibc
import Hypervisor
import Linux

/// Images of disks that come to a VM, or grow.
extension DiskImage {
  /// An image that is open for the hypervisor, and the files that were made for it.
  struct Ready: Sendable {
    var file: DescriptorCell
    var made: [String]
  }

  /// Opens the image of a disk, and makes it if it has a size and is not there.
  static func ready(_ disk: DiskSpec, in paths: VMPaths) throws(Failure) -> Ready {
    let alone = VMSpec(name: disk.name ?? "disk", memory: 0, boot: .firmware(.bios), disks: [disk])
    let made = try createMissing(alone, in: paths)
    do throws(Failure) {
      let file = try open(disk, disk.path ?? paths.disk(disk.fileName(at: 0)))
      return Ready(file: DescriptorCell(file), made: made)
    } catch {
      for path in made { unlink(path) }
      throw error
    }
  }

  /// Opens the image of a disk as the hypervisor is to have it, and looks whether it is one.
  static func open(_ disk: DiskSpec, _ path: String) throws(Failure) -> Descriptor {
    let file = try openImage(path, disk.readonly ? O_RDONLY : O_RDWR, "disk \(disk.name ?? "")")
    try check(file.raw, path, format: disk.format, isLayer: disk.backing != nil)
    return file
  }

  /// Opens a file or block device; anything else, such as a pipe that nobody writes to, is refused without waiting.
  static func openImage(_ path: String, _ flags: Int32, _ what: String) throws(Failure) -> Descriptor {
    let file: Descriptor
    do throws(Errno) { file = try Files.open(path, flags | O_NONBLOCK) } catch {
      let cure =
        switch error.code {
        case ENOENT: "correct the path"
        case EACCES: "let the supervisor's user read it" + (flags & O_RDWR != 0 ? " and write it" : "")
        default: ""
        }
      throw error.failure("open \(what)", path, cure: cure)
    }
    var status = stat()
    guard fstat(file.raw, &status) == 0, [S_IFREG, S_IFBLK].contains(status.st_mode & S_IFMT) else {
      throw Failure(
        .invalid, step: "open \(what)", object: path, cause: "it is neither a file nor a block device",
        cure: "name an image")
    }
    _ = fcntl(file.raw, F_SETFL, fcntl(file.raw, F_GETFL) & ~O_NONBLOCK)
    return file
  }

  /// Bytes that a guest sees of an image.
  static func size(_ path: String, format: DiskSpec.Format) throws(Failure) -> UInt64 {
    let file = try openImage(path, O_RDONLY, "image")
    if format == .qcow2 {
      guard let size = ImageHeader.virtualSize(try head(file.raw, path)) else {
        throw Failure(
          .invalid, step: "read image", object: path, cause: "it is not a qcow2 image",
          cure: "name a whole one, or set format: raw")
      }
      return size
    }
    // Block devices too have their end there.
    return UInt64(max(0, lseek(file.raw, 0, SEEK_END)))
  }

  /// Makes an image larger that no hypervisor has open.
  static func grow(_ path: String, format: DiskSpec.Format, to bytes: UInt64) throws(Failure) {
    let cure = "see to space and permissions there"
    guard format == .qcow2 else {
      let file = try openImage(path, O_RDWR, "image")
      guard let size = off_t(exactly: bytes), ftruncate(file.raw, size) == 0 else {
        throw Errno(errno).failure("grow image", path, cure: cure)
      }
      return
    }
    try Tool.qemuImage.run(["resize", "-q", "-f", "qcow2", path, String(bytes)], step: "grow image", object: path)
  }
}
