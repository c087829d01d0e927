package import Failure
import Glibc
import Linux
package import VMSpec

/// Image files of disks: made when a spec gives a size, looked at before a hypervisor gets them.
package enum DiskImage {
  /// Makes every disk of `spec` that has a size, or another image below it, and no file yet.
  /// - Parameter known: images that a guest has had. One of them that is not there is missed, not made.
  /// - Returns: the paths that were made, for whoever has to undo it.
  package static func createMissing(
    _ spec: VMSpec, known: [KnownImage], in paths: ImageFolder
  ) throws(Failure) -> [String] {
    var made: [String] = []
    do throws(Failure) {
      for (index, disk) in spec.disks.enumerated() {
        guard try isToBeMade(disk, at: index, of: spec.name, known: known, in: paths) else { continue }
        let path = disk.path ?? paths.disk(disk.fileName(at: index))
        try create(path, disk)
        made.append(path)
      }
    } catch {
      for path in made { unlink(path) }
      throw error
    }
    return made
  }

  /// Whether a start would make the image of a disk.
  /// - Throws: that it is missing though a guest has had it, or cannot be looked at.
  package static func isToBeMade(
    _ disk: DiskSpec, at index: Int, of vm: String, known: [KnownImage], in paths: ImageFolder
  ) throws(Failure) -> Bool {
    guard disk.size != nil || disk.backing != nil else { return false }
    let path = disk.path ?? paths.disk(disk.fileName(at: index))
    var status = stat()
    if stat(path, &status) == 0 { return false }
    let error = Errno(errno)
    let name = disk.effectiveName(at: index)
    guard error.code == ENOENT else { throw error.failure("open disk \(name)", path) }
    if let known = known.first(where: { $0.isImage(of: disk, named: name) }) { throw known.missing(at: path, vm: vm) }
    return true
  }

  /// Refuses a file that is not of its format, that is broken, or that names further files.
  package static func check(_ file: Int32, _ path: String, _ disk: DiskSpec) throws(Failure) {
    let head = try NamedFile.read(file, path, ImageHeader.length)
    let size = NamedFile.size(file)
    try ImageHeader.check(
      head, size: size, format: disk.format, isGuessed: disk.isFormatGuessed, path: path,
      isLayer: disk.backing != nil)
    guard disk.format == .qcow2, let size else { return }
    try checkTable(head, file, path, size)
  }

  /// Refuses a qcow2 file that ends before what its first table names.
  static func checkTable(_ head: [UInt8], _ file: Int32, _ path: String, _ size: UInt64) throws(Failure) {
    guard let header = Qcow2Header(head) else { return }
    // 1 MiB of it stands for 64 TiB in clusters of the usual size.
    let bytes = Int(min(header.tableEntries, 1 << 17)) * 8
    try header.checkTable(
      try NamedFile.read(file, path, from: header.tableOffset, bytes), path: path, fileSize: size)
  }

  // MARK: making

  private static func create(_ path: String, _ disk: DiskSpec) throws(Failure) {
    let size: UInt64
    var below: (path: String, format: DiskSpec.Format)?
    if let backing = disk.backing {
      let base = try BackingImage.open(backing)
      size = try base.size(under: disk.size)
      below = (backing, base.format)
    } else {
      size = disk.size ?? 0
    }
    let layout: FreshQcow2.Layout
    switch disk.format {
    case .raw: layout = FreshQcow2.Layout(parts: [], size: size)
    case .qcow2:
      guard let plan = FreshQcow2.plan(size: size, backing: below) else {
        throw Failure(
          .invalid, operation: "create disk", object: path,
          cause: "a qcow2 image cannot have \(size) bytes on top of \(below?.path ?? "nothing")",
          remedy: "use whole sectors of 512 bytes, \(Size.text(FreshQcow2.mostBytes)) at most, and a path of 1023 bytes"
        )
      }
      layout = plan
    }
    if disk.pool != nil { try makeFolder(of: path) }
    try write(layout, to: path)
  }

  /// Makes the VM's folder in a pool, and no folder above it: where that is missing the pool is not mounted.
  private static func makeFolder(of path: String) throws(Failure) {
    func parent(_ path: String) -> String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? path }
    let folder = parent(path)
    try checkFolder(parent(folder), path)
    if mkdir(folder, 0o700) != 0, errno != EEXIST { throw notMade(Errno(errno), path) }
    try checkFolder(folder, path)
  }

  /// Refuses a link in the place of a pool's folder.
  private static func checkFolder(_ folder: String, _ path: String) throws(Failure) {
    var status = stat()
    guard lstat(folder, &status) == 0 else { throw notMade(Errno(errno), path) }
    guard status.st_mode & S_IFMT != S_IFDIR else { return }
    throw Failure(
      .state, part: .disk, operation: "create disk", object: path,
      cause: "\(folder) is no folder, and a link in its place leads out of the pool",
      remedy: "put the folder itself there, then try again")
  }

  private static func notMade(_ error: Errno, _ path: String) -> Failure {
    error.failure("create disk", path, remedy: "see whether the pool's file system is mounted")
  }

  private static func write(_ layout: FreshQcow2.Layout, to path: String) throws(Failure) {
    let temporary = path + ".procurator-new"
    do throws(Errno) {
      // Left by a crash while it was written; nobody else has such names.
      unlink(temporary)
      do throws(Errno) {
        let file = try Files.open(temporary, O_RDWR | O_CREAT | O_EXCL)
        try layout.write(to: file.raw)
        // The record says soon that it is there: that has to be true after a power cut too.
        if fsync(file.raw) != 0 { throw Errno(errno) }
        if rename(temporary, path) != 0 { throw Errno(errno) }
      } catch {
        unlink(temporary)
        throw error
      }
      // A folder that may be entered and not listed cannot be synced.
      try? Files.syncFolder(of: path)
    } catch {
      throw error.failure("create disk", path, remedy: "see to space and permissions there")
    }
  }
}

extension FreshQcow2.Layout {
  /// Writes it to an empty file.
  func write(to file: Int32) throws(Errno) {
    guard let size = off_t(exactly: size) else { throw Errno(EFBIG) }
    if ftruncate(file, size) != 0 { throw Errno(errno) }
    for part in parts {
      guard pwrite(file, part.bytes, part.bytes.count, off_t(part.offset)) == part.bytes.count else {
        throw Errno(errno == 0 ? ENOSPC : errno)
      }
    }
  }
}
