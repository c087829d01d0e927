package import Failure
import FoundationEssentials
import Glibc
package import Linux

/// The folder of a pool on this host. What is opened in it stays in it, wherever links lead.
package struct PoolFolder: Sendable {
  package let pool: StoragePool

  package init(_ pool: StoragePool) { self.pool = pool }

  /// Most files of one folder that are listed.
  package static let mostFiles = 10_000

  // MARK: making

  /// Makes the folder, unless it is there, and those of ours in it.
  /// - Parameters:
  ///   - root: the folder of the administrator's that it is below; that one is made only if it is `ours`.
  ///   - others: pools with the paths to which links lead.
  package func make(root: String, isOurs: Bool, others: [StoragePool] = [], _ operation: String) throws(Failure) {
    do {
      if isOurs { try Files.makeFolders(root) }
      try checkPlace(root, others, operation)
      try Files.makeFolders(pool.path)
      try checkPlace(root, others, operation)
      guard access(pool.path, R_OK | W_OK | X_OK) == 0 else { throw Errno(errno) }
      for folder in [StoragePool.volumeFolder, StoragePool.vmFolder, StoragePool.imageFolder] {
        if mkdir(pool.path + "/" + folder, 0o700) != 0, errno != EEXIST { throw Errno(errno) }
        _ = try ours(folder, operation)
      }
      try Files.syncFolder(of: pool.volumes)
    } catch let error as Errno {
      throw error.failure(
        operation, pool.path,
        remedy: "make the folder, and give it to the supervisor's user: install -d -o procurator -m 0750 \(pool.path)"
      ).of(.disk)
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(.internal, part: .disk, operation: operation, object: pool.path, cause: "\(error)")
    }
  }

  /// The pool with the path to which links in its own lead; itself if nothing is there.
  package var followingLinks: StoragePool {
    guard let real = realpath(pool.path, nil) else { return pool }
    defer { free(real) }
    var followed = pool
    followed.path = String(cString: real)
    return followed
  }

  /// Refuses a folder to which a link leads out of the root, or into another pool.
  private func checkPlace(_ root: String, _ others: [StoragePool], _ operation: String) throws {
    var path = pool.path
    while path.count > root.count, !Files.exists(path) {
      path = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "/"
    }
    guard let real = realpath(path, nil), let realRoot = realpath(root, nil) else { throw Errno(errno) }
    defer {
      free(real)
      free(realRoot)
    }
    guard PoolPath.isBelow(String(cString: real), String(cString: realRoot)) else {
      throw Failure(
        .invalid, part: .disk, operation: operation, object: "config.local.path `\(pool.path)`",
        cause: "a link in it leads out of \(root)", remedy: "use the folder itself")
    }
    try PoolPath.check(
      String(cString: real) + pool.path.dropFirst(path.count), roots: ["/"], others: others, operation)
  }

  /// Refuses a pool whose folder is not what was made of it. The text is one that clients of the contract look for.
  package func check(_ operation: String) throws(Failure) {
    guard !Files.exists(pool.volumes) else { return }
    throw Failure(
      .state, part: .disk, operation: operation, object: pool.id,
      cause: "it has no mount path now: \(pool.volumes) is not there", remedy: "mount the file system of \(pool.path)")
  }

  // MARK: opening

  /// Opens something in the pool.
  /// - Parameter path: from its folder on; empty is the folder.
  package func open(_ path: String, _ flags: Int32, _ operation: String) throws(Failure) -> Descriptor {
    do throws(Errno) {
      let root = try Files.open(pool.path, O_RDONLY | O_DIRECTORY)
      return try Files.openBeneath(root.raw, path.isEmpty ? "." : path, flags | O_NONBLOCK | O_NOCTTY)
    } catch {
      if error.code == EXDEV || error.code == ELOOP {
        throw Failure(
          .invalid, part: .disk, operation: operation, object: "path `\(path)`",
          cause: "a link in it leads out of the pool \(pool.id)", remedy: "name the file itself", errno: error.code)
      }
      var failure = error.failure(operation, "\(pool.path)/\(path)").of(.disk)
      if error.code == ENOENT { failure.cause = "it is not found in the pool \(pool.id)" }
      throw failure
    }
  }

  /// Opens a folder of ours, in which things are made and removed. A link in its place is refused wherever it leads: what is
  /// removed there has to be the pool's.
  package func ours(_ name: String, _ operation: String) throws(Failure) -> Descriptor {
    do throws(Errno) {
      let root = try Files.open(pool.path, O_RDONLY | O_DIRECTORY)
      return try Files.openBeneath(root.raw, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    } catch {
      let place = "\(pool.path)/\(name)"
      guard [ENOTDIR, ELOOP, EXDEV].contains(error.code) else { throw error.failure(operation, place).of(.disk) }
      throw Failure(
        .invalid, part: .disk, operation: operation, object: place,
        cause: "it is no folder, and a link in its place leads out of the pool \(pool.id)",
        remedy: "put the folder itself there, or mount what it is to be there", errno: error.code)
    }
  }

  /// Opens a regular file in the pool.
  package func openFile(_ path: String, _ flags: Int32, _ operation: String) throws(Failure) -> Descriptor {
    let file = try open(path, flags, operation)
    guard NamedFile.size(file.raw) != nil else {
      throw Failure(
        .invalid, part: .disk, operation: operation, object: "\(pool.path)/\(path)", cause: "it is no regular file",
        remedy: "name the file of an image")
    }
    return file
  }

  // MARK: listing

  /// What lies in one folder of the pool.
  package func files(_ path: String, _ operation: String) throws(Failure) -> [PoolFile] {
    let parts = try PoolPath.parts(path, operation)
    let place = parts.joined(separator: "/")
    let folder = try open(place, O_RDONLY | O_DIRECTORY, operation)
    let names: [String]
    do throws(Errno) { names = try Files.names(in: "/proc/self/fd/\(folder.raw)") } catch {
      throw error.failure(operation, "\(pool.path)/\(place)").of(.disk)
    }
    guard names.count <= Self.mostFiles else {
      throw Failure(
        .exhausted, part: .disk, operation: operation, object: "\(pool.path)/\(place)",
        cause: "it has \(names.count) files, and \(Self.mostFiles) are listed at most",
        remedy: "list a folder below it, or move files into folders")
    }
    return names.compactMap { Self.look($0, folder.raw, (parts + [$0]).joined(separator: "/")) }
      .sorted(by: PoolFile.isOrdered)
  }

  /// nil for one that is gone by now.
  private static func look(_ name: String, _ folder: Int32, _ path: String) -> PoolFile? {
    var status = stat()
    guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
    let kind = status.st_mode & S_IFMT
    let type =
      switch kind {
      case S_IFDIR: "directory"
      case S_IFLNK: "link"
      case S_IFREG: PoolFile.type(ofFile: name)
      default: "other"
      }
    return PoolFile(
      name: name, path: path, isFolder: kind == S_IFDIR, size: UInt64(max(0, status.st_size)),
      modified: Date(timeIntervalSince1970: Double(status.st_mtim.tv_sec)), type: type, mode: UInt32(status.st_mode))
  }
}
