package import Failure
import Glibc
import Linux
import VMSpec

/// Volumes as they are found in a pool: their files say everything.
extension PoolFolder {
  /// All volumes, by their names.
  package func volumes(_ operation: String) throws(Failure) -> [Volume] {
    try check(operation)
    let folder = try ours(StoragePool.volumeFolder, operation)
    let names: [String]
    do throws(Errno) { names = try Files.names(in: "/proc/self/fd/\(folder.raw)") } catch {
      throw error.failure(operation, pool.volumes).of(.disk)
    }
    return names.compactMap { name in Volume.parse(fileName: name).map { look($0.id, $0.format, operation) } }
      .sorted { $0.id < $1.id }
  }

  /// The volume of that name; nil if there is none.
  package func volume(_ id: String, _ operation: String) throws(Failure) -> Volume? {
    try StorageName.check(id, "volume_id", operation)
    try check(operation)
    for format in DiskSpec.Format.allCases {
      var status = stat()
      let path = pool.volumes + "/" + Volume.fileName(id, format)
      if lstat(path, &status) == 0 { return look(id, format, operation) }
      guard errno == ENOENT else { throw Errno(errno).failure(operation, path).of(.disk) }
    }
    return nil
  }

  /// Removes a volume that nobody has open. One whose header is broken goes all the same.
  /// - Parameter holders: who has it open is asked there: another host, or another program.
  package func remove(_ volume: Volume, holders: ImageHolders, _ operation: String) throws(Failure) {
    try check(operation)
    let folder = try ours(StoragePool.volumeFolder, operation)
    let name = Volume.fileName(volume.id, volume.format)
    let file = try openFile(StoragePool.volumeFolder + "/" + name, O_RDONLY, operation)
    try holders.check(file.raw, volume.path, "volume \(volume.id)", writing: true, for: "")
    if unlinkat(folder.raw, name, 0) != 0 && errno != ENOENT || fsync(folder.raw) != 0 {
      throw Errno(errno).failure(operation, volume.path, remedy: "see to permissions there").of(.disk)
    }
  }

  private func look(_ id: String, _ format: DiskSpec.Format, _ operation: String) -> Volume {
    let name = Volume.fileName(id, format)
    var volume = Volume(id: id, format: format, path: pool.volumes + "/" + name, size: 0)
    do throws(Failure) {
      let file = try openFile(StoragePool.volumeFolder + "/" + name, O_RDONLY, operation)
      volume.size = NamedFile.size(file.raw) ?? 0
      volume.size = try Self.imageSize(file.raw, volume.path, format)
    } catch {
      volume.trouble = error
    }
    return volume
  }

  /// Looks whether an open image is whole and names no other files.
  /// - Returns: bytes that a guest sees.
  static func imageSize(_ file: Int32, _ path: String, _ format: DiskSpec.Format) throws(Failure) -> UInt64 {
    try DiskImage.check(file, path, DiskSpec(path: path, format: format))
    guard format == .qcow2 else { return NamedFile.size(file) ?? 0 }
    return ImageHeader.virtualSize(try NamedFile.read(file, path, ImageHeader.length)) ?? 0
  }

  /// Removes what a making of ours has left that was cut short. Called while nothing is being made.
  package func clearLeftovers() {
    guard let folder = try? ours(StoragePool.volumeFolder, "remove leftovers") else { return }
    for name in (try? Files.names(in: "/proc/self/fd/\(folder.raw)")) ?? []
    where name.hasPrefix(Volume.temporaryPrefix) {
      unlinkat(folder.raw, name, 0)
    }
  }
}
