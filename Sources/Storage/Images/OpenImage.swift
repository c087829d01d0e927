package import Failure
package import Glibc
import Linux
import Synchronization

/// Which file or volume it is: what stays when its name goes.
package struct FileIdentity: Codable, Hashable, Sendable {
  package var device: UInt64
  package var inode: UInt64

  /// That of an open file.
  package init?(_ file: Int32) {
    var status = stat()
    guard fstat(file, &status) == 0 else { return nil }
    self.init(status)
  }

  package init(_ status: stat) {
    // Of a volume the node may be made again, the volume is the same.
    let isVolume = status.st_mode & S_IFMT == S_IFBLK
    device = UInt64(isVolume ? status.st_rdev : status.st_dev)
    inode = isVolume ? 0 : UInt64(status.st_ino)
  }
}

/// An image that a hypervisor has open, as it was when it was opened.
package struct OpenImage: Codable, Hashable, Sendable {
  /// What it is to the VM: `disk root`.
  package var what: String
  package var path: String
  package var identity: FileIdentity
  /// Bytes of the file; nil for a volume.
  package var bytes: UInt64?
  package var isWritten: Bool
  /// The number that the hypervisor knows it by, in `/dev/fdset/N` or `/proc/self/fd/N`.
  package var number: Int

  /// Looks at an open file; nil if even that is not possible.
  package init?(_ file: Int32, _ path: String, _ what: String, isWritten: Bool, number: Int = 0) {
    guard let identity = FileIdentity(file) else { return nil }
    self.what = what
    self.path = path
    self.identity = identity
    bytes = NamedFile.size(file)
    self.isWritten = isWritten
    self.number = number
  }

  /// What has become of the file at its path; nil if it is the one that is open.
  /// A path that cannot be looked at is not known to have changed.
  package func loss() -> Warning? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      guard errno == ENOENT || errno == ENOTDIR else { return nil }
      return lost(
        "was deleted or moved while the guest uses it: what it writes is lost with its stop",
        "copy the data out of the guest before that, or move the file back")
    }
    if FileIdentity(status) != identity {
      return lost(
        "was replaced while the guest uses the old file: what it writes is lost with its stop",
        "copy the data out of the guest before that, or move the old file back")
    }
    if let bytes, status.st_mode & S_IFMT == S_IFREG, UInt64(max(0, status.st_size)) < bytes {
      return lost(
        "was cut off while the guest uses it, from \(bytes) bytes to \(status.st_size): data is lost",
        "stop the VM and bring the image back from a backup")
    }
    return nil
  }

  private func lost(_ how: String, _ remedy: String) -> Warning {
    Warning(id: "image.\(what)", part: .image, cause: "\(path) of \(what) \(how)", remedy: remedy)
  }
}

/// Which VM of this host has which image open, so that a refusal can name it.
package final class ImageHolders: Sendable {
  private let vms = Mutex<[String: (name: String, images: [FileIdentity])]>([:])

  package init() {}

  package func note(_ vm: String, name: String, _ images: [OpenImage]) {
    vms.withLock { $0[vm] = (name, images.map(\.identity)) }
  }

  package func forget(_ vm: String) { vms.withLock { $0[vm] = nil } }

  /// The name of another VM that has the file open.
  package func holder(of file: FileIdentity, except vm: String) -> String? {
    vms.withLock { vms in vms.first { $0.key != vm && $0.value.images.contains(file) }?.value.name }
  }

  /// Refuses an image that somebody uses in a way that excludes ours, as QEMU would, and says who.
  /// - Parameter file: the open image.
  package func check(_ file: Int32, _ path: String, _ what: String, writing: Bool, for vm: String) throws(Failure) {
    // Locks of single bytes (qemu, block/file-posix.c): 101 is held by who writes, 201 by who wants nobody else to.
    let bytes: [Int64] = writing ? [101, 201] : [101]
    guard bytes.contains(where: { LockFile.isHeld(file, byte: $0) }) else { return }
    throw Self.inUse(path, what, by: FileIdentity(file).flatMap { holder(of: $0, except: vm) })
  }

  package static func inUse(_ path: String, _ what: String, by other: String?) -> Failure {
    Failure(
      .exists, operation: "open \(what)", object: path,
      cause: other.map { "the VM \($0) uses it" } ?? "another VM or program uses it and has it locked",
      remedy: other.map { "stop \($0) or detach it there first, or set readonly: true on both" }
        ?? "end that first: lsof \(path) names it")
  }
}
