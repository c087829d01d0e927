import CLinux
import Glibc

/// Whole files, read and written so that a crash at any instant leaves the old content or the new, never a mixture.
public enum Files {
  /// `O_PATH`, which Glibc's module lacks (asm-generic/fcntl.h): a file is held, and no right on it itself is needed.
  static let held: Int32 = 0o10000000

  /// Opens a file, close-on-exec.
  /// - Parameters:
  ///   - flags: `open(2)` flags besides O_CLOEXEC.
  ///   - mode: permission bits of a file that is created.
  public static func open(_ path: String, _ flags: Int32, mode: UInt32 = 0o600) throws(Errno) -> Descriptor {
    while true {
      let number = Glibc.open(path, flags | O_CLOEXEC, mode_t(mode))
      if number >= 0 { return Descriptor(owning: number) }
      if errno != EINTR { throw Errno(errno) }
    }
  }

  /// Opens what is below a folder, wherever links in the path lead: one that leads out of it is `EXDEV`.
  /// - Parameter folder: an open folder.
  public static func openBeneath(_ folder: Int32, _ path: String, _ flags: Int32) throws(Errno) -> Descriptor {
    while true {
      let number = clinux_open_beneath(folder, path, flags | O_CLOEXEC)
      if number >= 0 { return Descriptor(owning: number) }
      if number != -EINTR, number != -EAGAIN { throw Errno(-number) }
    }
  }

  /// Gives a file another name in its folder, unless something has that name: `EEXIST`.
  /// - Parameter folder: an open folder.
  public static func renameNew(_ name: String, to new: String, in folder: Int32) throws(Errno) {
    let result = clinux_rename_new(folder, name, new)
    switch -result {
    case 0: return
    // The file system cannot do it (NFS). A link is not made over another name either.
    case EINVAL, ENOSYS:
      if linkat(folder, name, folder, new, 0) != 0 { throw Errno(errno) }
      if unlinkat(folder, name, 0) != 0 { throw Errno(errno) }
    default: throw Errno(-result)
    }
  }

  /// Has room on the file system for the first bytes of a file, whose size stays.
  public static func reserve(_ file: Int32, bytes: UInt64) throws(Errno) {
    var result = clinux_reserve(file, bytes)
    while result == -EINTR { result = clinux_reserve(file, bytes) }
    try Errno.check(result)
  }

  /// Reads a file whole.
  /// - Throws: `EFBIG` if it is longer than `limit` bytes.
  public static func read(_ path: String, limit: Int = 1 << 20) throws(Errno) -> [UInt8] {
    let file = try open(path, O_RDONLY)
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16384)
    while true {
      let got = Glibc.read(file.raw, &chunk, chunk.count)
      if got == 0 { return content }
      if got < 0 {
        if errno == EINTR { continue }
        throw Errno(errno)
      }
      content.append(contentsOf: chunk.prefix(got))
      if content.count > limit { throw Errno(EFBIG) }
    }
  }

  /// Looks at the content of a small file of the kernel in place; nil if there is none, or it cannot be read.
  /// - Parameters:
  ///   - folder: what a relative path begins at.
  ///   - most: bytes that are read; what is behind them is left out.
  static func look<Value>(
    _ path: String, in folder: Int32 = AT_FDCWD, most: Int, _ body: (UnsafeRawBufferPointer) -> Value?
  ) -> Value? {
    withUnsafeTemporaryAllocation(byteCount: most, alignment: 1) { buffer in
      let file = openat(folder, path, O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { return nil }
      defer { close(file) }
      var count = 0
      while count < most {
        let got = Glibc.read(file, buffer.baseAddress?.advanced(by: count), most - count)
        if got < 0 { return nil }
        if got == 0 { break }
        count += got
      }
      return body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  /// Reads a text file whole; bytes that are not UTF-8 are replaced.
  public static func readText(_ path: String, limit: Int = 1 << 20) throws(Errno) -> String {
    String(decoding: try read(path, limit: limit), as: UTF8.self)
  }

  /// Replaces a file: write beside it, sync, rename, sync the folder.
  /// - Parameter durable: false leaves the syncs out, for a place that does not outlive a power cut anyway.
  public static func replace(_ path: String, with content: [UInt8], mode: UInt32 = 0o600, durable: Bool = true)
    throws(Errno)
  {
    let temporary = path + ".new"
    do throws(Errno) {
      let file = try open(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
      try writeAll(content, to: file.raw)
      if durable, fsync(file.raw) != 0 { throw Errno(errno) }
    } catch {
      unlink(temporary)
      throw error
    }
    guard rename(temporary, path) == 0 else {
      let error = Errno(errno)
      unlink(temporary)
      throw error
    }
    if durable { try syncFolder(of: path) }
  }

  /// Makes the presence or absence of names in the folder of `path` durable.
  public static func syncFolder(of path: String) throws(Errno) {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    let directory = try open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY)
    if fsync(directory.raw) != 0 { throw Errno(errno) }
  }

  /// Writes all bytes to a blocking descriptor.
  public static func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(Errno) {
    var offset = 0
    while offset < bytes.count {
      let wrote = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress?.advanced(by: offset), bytes.count - offset)
      }
      if wrote < 0 {
        if errno == EINTR { continue }
        throw Errno(errno)
      }
      offset += wrote
    }
  }

  /// Makes a folder and those above it; one that is there already is left as it is.
  public static func makeFolders(_ path: String, mode: UInt32 = 0o700) throws(Errno) {
    if mkdir(path, mode_t(mode)) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else { throw Errno(errno) }
    try makeFolders(String(path[..<slash]), mode: mode)
    if mkdir(path, mode_t(mode)) != 0 && errno != EEXIST { throw Errno(errno) }
  }

  /// Whether there is something of that name. Of a device that a service may not open access(2) says that it is not.
  public static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0
  }

  /// Names in a folder, unsorted, without `.` and `..`.
  public static func names(in folder: String) throws(Errno) -> [String] {
    guard let stream = opendir(folder) else { throw Errno(errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = Self.name(of: entry)
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  /// The name in an entry of a folder. Read where it is: an entry ends behind its name (readdir(3)), and a copy of the field
  /// would read as many bytes as the longest name has, past the end of what the kernel has filled.
  static func name(of entry: UnsafePointer<dirent>) -> String {
    let place = UnsafeRawPointer(entry) + (MemoryLayout<dirent>.offset(of: \.d_name) ?? 0)
    return String(cString: place.assumingMemoryBound(to: CChar.self))
  }

  /// Removes a folder and what is in it, following no links: one in the folder's place goes itself. What is not there is no
  /// error.
  public static func removeFolder(_ path: String) throws(Errno) {
    var own = stat()
    if lstat(path, &own) == 0, own.st_mode & S_IFMT == S_IFLNK {
      if unlink(path) != 0 && errno != ENOENT { throw Errno(errno) }
      return
    }
    let entries: [String]
    do throws(Errno) { entries = try names(in: path) } catch {
      if error.code == ENOENT { return }
      throw error
    }
    for name in entries {
      let entry = path + "/" + name
      var status = stat()
      guard lstat(entry, &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR {
        try removeFolder(entry)
      } else if unlink(entry) != 0 && errno != ENOENT {
        throw Errno(errno)
      }
    }
    if rmdir(path) != 0 && errno != ENOENT { throw Errno(errno) }
  }
}
