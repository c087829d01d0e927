import Crypto
import Failure
import Glibc
import Linux
import Storage
import Text
import VMSpec

/// The file of a download, under a name that no image can have until it is whole.
struct DownloadPart: Sendable {
  let folder: PoolFolder
  let download: Download

  static let prefix = ".fetch-"

  private var operation: String { Downloads.operation }
  private var name: String { Self.prefix + download.id }
  var path: String { folder.pool.path + "/" + StoragePool.imageFolder + "/" + download.name }

  private func failure(_ error: Errno) -> Failure {
    error.failure(operation, path, remedy: "see to space and permissions there").of(.disk)
  }

  private func place() throws(Failure) -> Descriptor {
    try folder.check(operation)
    return try folder.ours(StoragePool.imageFolder, operation)
  }

  // MARK: opening

  /// How long a vmfetch of an earlier life is waited for, which ends by itself.
  private static let patience: Duration = .seconds(30)

  /// Opens it for writing, and has it alone. Blocks while a program of an earlier life of ours still writes.
  /// - Parameter isCancelled: asked while it waits.
  func open(_ isCancelled: () -> Bool) throws(Failure) -> Descriptor {
    let place = try place()
    do throws(Errno) {
      let file = try Files.open("/proc/self/fd/\(place.raw)/\(name)", O_RDWR | O_CREAT | O_NOFOLLOW)
      let end = ContinuousClock.now + Self.patience
      // The lock is the open file's: vmfetch inherits it, and holds it for as long as it is there.
      while flock(file.raw, LOCK_EX | LOCK_NB) != 0 {
        let error = Errno(errno)
        guard error.code == EWOULDBLOCK, ContinuousClock.now < end, !isCancelled() else { throw error }
        usleep(50_000)
      }
      return file
    } catch {
      throw failure(error)
    }
  }

  /// Refuses if the image's name is taken.
  func checkName() throws(Failure) {
    let place = try place()
    var status = stat()
    guard fstatat(place.raw, download.name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return }
    throw Failure(
      .exists, part: .image, operation: operation, object: path, cause: "a file of that name already exists",
      remedy: "choose another name, or delete it: vmsupervisor image delete \(folder.pool.id) \(download.name)")
  }

  // MARK: the end

  func remove() throws(Failure) {
    let place = try place()
    if unlinkat(place.raw, name, 0) != 0, errno != ENOENT { throw failure(Errno(errno)) }
  }

  static func inode(_ file: Int32) -> UInt64? {
    var status = stat()
    return fstat(file, &status) == 0 ? UInt64(status.st_ino) : nil
  }

  /// Gives it its name, which nothing may have by then.
  func finish() throws(Failure) {
    let place = try place()
    do throws(Errno) {
      try Files.renameNew(name, to: download.name, in: place.raw)
      if fsync(place.raw) != 0 { throw Errno(errno) }
    } catch {
      if error.code == EEXIST { try checkName() }
      throw failure(error)
    }
  }

  /// Whether it has its name: an earlier life gave it that, and did not come to say so.
  func isFinished() throws(Failure) -> Bool {
    let place = try place()
    var status = stat()
    guard fstatat(place.raw, download.name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return false }
    return UInt64(status.st_ino) == download.inode
  }

  /// Removes what downloads have left that nobody knows any more.
  static func clear(_ folder: PoolFolder, except ids: Set<String>) {
    guard let place = try? folder.ours(StoragePool.imageFolder, "remove leftovers") else { return }
    for name in (try? Files.names(in: "/proc/self/fd/\(place.raw)")) ?? []
    where name.hasPrefix(prefix) && !ids.contains(String(name.dropFirst(prefix.count))) {
      unlinkat(place.raw, name, 0)
    }
  }

  // MARK: content

  /// Refuses what is not the file that was asked for. Blocks for as long as it takes to read it.
  func checkDigest(_ file: Int32, _ isCancelled: () -> Bool) throws(Failure) {
    guard let checksum = download.checksum else { return }
    let found =
      switch checksum.kind {
      case .sha256: try digest(file, SHA256(), isCancelled)
      case .sha512: try digest(file, SHA512(), isCancelled)
      }
    guard found != checksum.hex else { return }
    throw Failure(
      .invalid, part: .image, operation: operation, object: path,
      cause: "its \(checksum.kind.rawValue) is \(found), and not the checksum \(checksum.hex)",
      remedy: "see whether URL and checksum belong together; what was fetched is removed")
  }

  private func digest(
    _ file: Int32, _ function: some HashFunction, _ isCancelled: () -> Bool
  ) throws(Failure) -> String {
    var function = function
    try Self.read(file, path, isCancelled) { bytes, _ throws(Failure) in function.update(bufferPointer: bytes) }
    return function.finalize().hexadecimal
  }

  /// Reads a file from its beginning to its end.
  static func read(
    _ file: Int32, _ path: String, _ isCancelled: () -> Bool,
    _ body: (UnsafeRawBufferPointer, UInt64) throws(Failure) -> Void
  ) throws(Failure) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    defer { buffer.deallocate() }
    var offset: UInt64 = 0
    while !isCancelled() {
      let got = pread(file, buffer.baseAddress, buffer.count, off_t(offset))
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw Errno(errno).failure("read", path).of(.disk) }
      if got == 0 { return }
      try body(UnsafeRawBufferPointer(rebasing: buffer[..<got]), offset)
      offset += UInt64(got)
    }
    throw Downloads.cancelled(path)
  }

  /// Refuses what is no image of what its name says, and what names other files.
  /// - Returns: whether it is a qcow2 image, which qemu-img has to look at too.
  func checkContent(_ file: Int32) throws(Failure) -> Bool {
    let head = try NamedFile.read(file, path, ImageHeader.length)
    let kind = ImageKind(head)
    func refusal(_ cause: String, _ remedy: String) -> Failure {
      Failure(.invalid, part: .image, operation: operation, object: path, cause: cause, remedy: remedy)
    }
    let end = download.name.split(separator: ".").last ?? ""
    switch kind {
    case .qcow2 where end == "qcow2" || end == "img":
      do throws(Failure) { try DiskImage.check(file, path, DiskSpec(path: path, format: .qcow2)) } catch {
        throw refusal(error.cause, "fetch one that is whole, or make it so elsewhere: qemu-img convert -O qcow2")
      }
      let size = ImageHeader.virtualSize(head) ?? 0
      guard size <= VMSpec.largestDisk else {
        throw refusal(
          "it has \(Size.text(size)) for a guest, \(Size.text(VMSpec.largestDisk)) are the most", "use another")
      }
      return true
    case .other where end != "qcow2": return false
    case .other:
      throw refusal("it is no qcow2 image", "call it .raw if it is the content of a disk; see what the URL is")
    case .empty: throw refusal("it is empty", "see what the server sends: curl -I URL")
    case .qcow2: throw refusal("it is a qcow2 image", "call it .qcow2")
    case .gzip, .xz, .zstd, .bzip2, .zip, .sevenZip:
      throw refusal("it is \(kind.words), and nothing is unpacked here", "fetch an image that is not packed")
    default:
      throw refusal("it is \(kind.words)", "fetch a qcow2 or raw image, or convert it elsewhere (qemu-img convert)")
    }
  }

  /// Has qemu-img open it, confined, and nothing beside it.
  func checkOpens(_ file: Int32, by tools: some ToolRunner) throws(Failure) {
    let node = "driver=qcow2,file.driver=file,file.filename=/proc/self/fd/\(Tool.file),backing="
    try Failure.of(.image) { () throws(Failure) in
      try tools.run(
        .qemuImage, ToolWork(arguments: ["info", "--image-opts", node]), operation: operation, object: path, file: file)
    }
  }
}
