package import Failure
import Glibc
import Linux
import VMSpec

/// Images that were made for VMs, in their folders in a pool.
extension PoolFolder {
  /// Bytes of the images in VMs' folders, as guests see them: of VMs' disks, and of those that were detached.
  /// - Parameter own: paths of images that are counted already.
  package func sizesOfImages(besides own: Set<String>, _ operation: String) throws(Failure) -> UInt64 {
    let vms: Descriptor
    do throws(Failure) { vms = try ours(StoragePool.vmFolder, operation) } catch {
      if error.code == .notFound { return 0 }
      throw error
    }
    var sum: UInt64 = 0
    for vm in (try? Files.names(in: "/proc/self/fd/\(vms.raw)")) ?? [] {
      guard let folder = try? Files.openBeneath(vms.raw, vm, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else { continue }
      for name in (try? Files.names(in: "/proc/self/fd/\(folder.raw)")) ?? [] {
        let path = pool.folder(ofVM: vm) + "/" + name
        guard !own.contains(path), let size = Self.size(ofImage: name, folder.raw, path) else { continue }
        sum = PoolRoom.sum([sum, size])
      }
    }
    return sum
  }

  /// nil for what is no image.
  private static func size(ofImage name: String, _ folder: Int32, _ path: String) -> UInt64? {
    guard let format = DiskSpec.Format.allCases.first(where: { name.hasSuffix("." + $0.rawValue) }),
      let file = try? Files.openBeneath(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY),
      let bytes = NamedFile.size(file.raw)
    else { return nil }
    guard format == .qcow2, let head = try? NamedFile.read(file.raw, path, ImageHeader.length) else { return bytes }
    return ImageHeader.virtualSize(head) ?? bytes
  }

  /// Refuses to take an image for removed that is not to be seen now: it would be back with its pool, and be nobody's. And to
  /// remove what a link leads to.
  /// - Parameters:
  ///   - path: of the image, in the VM's folder there.
  ///   - pool: its id.
  package static func checkPlace(ofImage path: String, in pool: String, _ operation: String) throws(Failure) {
    let parts = path.split(separator: "/").map(String.init)
    let vms = "/" + parts.dropLast(2).joined(separator: "/")
    let own = "/" + parts.dropLast(1).joined(separator: "/")
    for folder in [vms, own] {
      var status = stat()
      if lstat(folder, &status) == 0 {
        if status.st_mode & S_IFMT == S_IFDIR { continue }
        throw Failure(
          .state, part: .disk, operation: operation, object: path,
          cause: "\(folder) is no folder, and a link in its place leads out of the pool \(pool)",
          remedy: "put the folder itself there, then try again; or detach the disk without its image", errno: EXDEV)
      }
      let error = Errno(errno)
      // The VM's folder goes with its last image.
      if folder == own, error.code == ENOENT { continue }
      throw Failure(
        .state, part: .disk, operation: operation, object: path,
        cause: error.code == ENOENT ? "the pool \(pool) is away: \(folder) is not there" : "\(folder): \(error)",
        remedy: "mount the pool's file system, then try again; or detach the disk without its image",
        errno: error.code == ENOENT ? EHOSTDOWN : error.code)
    }
  }
}
