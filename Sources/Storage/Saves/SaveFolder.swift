package import Failure
import Glibc
package import Linux

/// The folder of a saved VM on this host. It is made under another name, and has its own when it is whole and on the disk.
package struct SaveFolder: Sendable {
  package let place: SavePlace

  package init(_ place: SavePlace) { self.place = place }

  /// What says that a folder is whole, and what is in it.
  package static let manifest = "manifest.json"
  /// Bytes of it that are read.
  private static let longestManifest = 1 << 20

  private static let temporaryPrefix = ".saving-"
  private static func temporaryName(_ id: String) -> String { temporaryPrefix + id }

  /// Removes what was begun in a folder that is nobody else's, and what no VM finishes any more.
  /// - Parameter known: ids of what some VM has begun: it looks after that.
  package static func clearLeftovers(in root: String, except known: Set<String>) {
    for name in (try? Files.names(in: root)) ?? [] where name.hasPrefix(temporaryPrefix) {
      if !known.contains(String(name.dropFirst(temporaryPrefix.count))) { try? Files.removeFolder(root + "/" + name) }
    }
  }

  // MARK: making

  /// Refuses a place where something is.
  /// - Parameter makesRoot: whether the administrator's folder is made where it is missing.
  package func check(makesRoot: Bool, _ operation: String) throws(Failure) {
    do throws(Errno) {
      if makesRoot { try Files.makeFolders(place.root) }
      let root = try openRoot()
      var status = stat()
      guard fstatat(root.raw, place.name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
        if errno == ENOENT { return }
        throw Errno(errno)
      }
      let folder = try Files.openBeneath(root.raw, place.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      guard try Files.names(in: "/proc/self/fd/\(folder.raw)").isEmpty else { throw Errno(ENOTEMPTY) }
    } catch {
      throw refusal(error, operation)
    }
  }

  /// Makes an empty folder for what is to be saved.
  package func begin(_ id: String, _ operation: String) throws(Failure) {
    do throws(Errno) {
      let root = try openRoot()
      if mkdirat(root.raw, Self.temporaryName(id), 0o700) != 0 { throw Errno(errno) }
    } catch {
      throw refusal(error, operation)
    }
  }

  /// Makes a file in it, for writing and reading.
  package func create(_ name: String, in id: String, _ operation: String) throws(Failure) -> Descriptor {
    do throws(Errno) {
      let root = try openRoot()
      let folder = try Files.openBeneath(root.raw, Self.temporaryName(id), O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      return try Files.open("/proc/self/fd/\(folder.raw)/\(name)", O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW)
    } catch {
      throw error.failure(operation, place.path + "/" + name, remedy: "see to space and permissions there").of(.disk)
    }
  }

  /// Writes a short file of it, which is on the disk then.
  package func write(
    _ content: [UInt8], named name: String, in id: String, _ operation: String
  ) throws(Failure) -> SavedFile {
    let file = try create(name, in: id, operation)
    do throws(Errno) {
      try Files.writeAll(content, to: file.raw)
      if fsync(file.raw) != 0 { throw Errno(errno) }
    } catch {
      throw error.failure(operation, place.path + "/" + name, remedy: "see to space there").of(.disk)
    }
    return SavedFile(of: content, named: name)
  }

  /// Reads a file of it whole, after it was brought to the disk.
  package func measure(_ name: String, in id: String, _ operation: String) throws(Failure) -> SavedFile {
    let path = place.path + "/" + name
    let file: Descriptor
    do throws(Errno) {
      let root = try openRoot()
      file = try Files.openBeneath(root.raw, Self.temporaryName(id) + "/" + name, O_RDONLY | O_NOFOLLOW)
    } catch {
      throw error.failure(operation, path, remedy: "see to permissions there").of(.disk)
    }
    if fsync(file.raw) != 0 { throw Errno(errno).failure(operation, path, remedy: "see to space there").of(.disk) }
    return try SavedFile.measure(file.raw, named: name, at: path)
  }

  /// Gives it its name: nothing is missing, and all of it is on the disk.
  /// - Throws: `.exists` if something has that name by now.
  package func finish(_ id: String, _ operation: String) throws(Failure) {
    do throws(Errno) {
      let root = try openRoot()
      let folder = try Files.openBeneath(root.raw, Self.temporaryName(id), O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      if fsync(folder.raw) != 0 { throw Errno(errno) }
      // In the place of an empty folder too, and of nothing else (rename(2)).
      if renameat(root.raw, Self.temporaryName(id), root.raw, place.name) != 0 { throw Errno(errno) }
      if fsync(root.raw) != 0 { throw Errno(errno) }
    } catch {
      throw refusal(error, operation)
    }
  }

  /// Removes what is not finished; nothing is no error.
  package func discard(_ id: String) throws(Failure) {
    let path = place.root + "/" + Self.temporaryName(id)
    do throws(Errno) { try Files.removeFolder(path) } catch {
      throw error.failure("remove", path, remedy: "remove it by hand").of(.disk)
    }
  }

  // MARK: reading

  /// Opens a file of a finished folder. A link is none, wherever it leads.
  package func open(_ name: String, _ operation: String) throws(Failure) -> Descriptor {
    let path = place.path + "/" + name
    let file: Descriptor
    do throws(Errno) {
      let root = try openRoot()
      let folder = try Files.openBeneath(root.raw, place.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      file = try Files.openBeneath(folder.raw, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
    } catch {
      switch error.code {
      case ENOENT:
        throw Failure(
          .notFound, part: .disk, operation: operation, object: path,
          cause: "it is not there: no VM is saved whole here",
          remedy: "look which folders there are: ls \(place.root)")
      case ELOOP, EXDEV, ENOTDIR:
        throw Failure(
          .invalid, part: .disk, operation: operation, object: path, cause: "a link or something else is in its place",
          remedy: "put the folder itself there", errno: error.code)
      default:
        throw error.failure(
          operation, path, remedy: "let the supervisor's user read it: chown -R procurator: \(place.path)"
        ).of(.disk)
      }
    }
    guard NamedFile.size(file.raw) != nil else {
      throw Failure(
        .invalid, part: .disk, operation: operation, object: path, cause: "it is no regular file",
        remedy: "bring the whole folder back from where it was copied")
    }
    return file
  }

  /// Its manifest's bytes.
  package func readManifest(_ operation: String) throws(Failure) -> [UInt8] {
    try read(Self.manifest, most: Self.longestManifest, operation)
  }

  /// A short file's bytes.
  /// - Throws: `.invalid` if it has more than `most`.
  package func read(_ name: String, most: Int, _ operation: String) throws(Failure) -> [UInt8] {
    let file = try open(name, operation)
    let path = place.path + "/" + name
    let bytes = try NamedFile.read(file.raw, path, most + 1)
    guard bytes.count <= most else {
      throw Failure(
        .invalid, part: .disk, operation: operation, object: path, cause: "it has more than \(most) bytes",
        remedy: "bring the whole folder back from where it was copied")
    }
    return bytes
  }

  private func openRoot() throws(Errno) -> Descriptor { try Files.open(place.root, O_RDONLY | O_DIRECTORY) }

  private func refusal(_ error: Errno, _ operation: String) -> Failure {
    switch error.code {
    case ENOTEMPTY, EEXIST:
      Failure(
        .exists, part: .disk, operation: operation, object: place.path, cause: "it exists, and is not empty",
        remedy: "choose another name, or remove it", errno: error.code)
    case ENOTDIR, ELOOP, EXDEV:
      Failure(
        .invalid, part: .disk, operation: operation, object: place.path, cause: "it exists, and is no folder",
        remedy: "choose another name, or remove it", errno: error.code)
    default:
      error.failure(
        operation, place.path,
        remedy: "make the folder, and give it to the supervisor's user: install -d -o procurator -m 0750 \(place.root)"
      ).of(.disk)
    }
  }
}
