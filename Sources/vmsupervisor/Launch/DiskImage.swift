import Failure
import Glibc
import Hypervisor
import Linux

/// Image files of disks: made when a spec gives a size, looked at before a hypervisor gets them.
enum DiskImage {
  /// Makes every disk of `spec` that has a size, or another image below it, and no file yet.
  /// - Returns: the paths that were made, for whoever has to undo it.
  static func createMissing(_ spec: VMSpec, in paths: VMPaths) throws(Failure) -> [String] {
    var made: [String] = []
    for (index, disk) in spec.disks.enumerated() {
      guard disk.size != nil || disk.backing != nil else { continue }
      let path = disk.path ?? paths.disk(disk.fileName(at: index))
      if access(path, F_OK) == 0 { continue }
      do throws(Failure) { try create(path, disk) } catch {
        for path in made { unlink(path) }
        throw error
      }
      made.append(path)
    }
    return made
  }

  /// Refuses a file that is not of its format or that names further files.
  static func check(
    _ descriptor: Int32, _ path: String, format: DiskSpec.Format, isLayer: Bool = false
  ) throws(Failure) {
    try ImageHeader.check(try head(descriptor, path), format: format, path: path, isLayer: isLayer)
  }

  /// The bytes that an image begins with, as many as say what it is.
  static func head(_ descriptor: Int32, _ path: String) throws(Failure) -> [UInt8] {
    var head = [UInt8](repeating: 0, count: ImageHeader.length)
    let got = pread(descriptor, &head, head.count, 0)
    guard got >= 0 else { throw Errno(errno).failure("read image", path) }
    return Array(head.prefix(got))
  }

  private static func create(_ path: String, _ disk: DiskSpec) throws(Failure) {
    let temporary = path + ".new"
    do throws(Failure) {
      if let below = disk.backing {
        let base = try BackingImage.open(below)
        let size = try base.size(under: disk.size)
        try qemuImage(temporary, ["-b", below, "-F", base.format.rawValue], size: size)
      } else if let size = disk.size {
        switch disk.format {
        case .raw: try createRaw(temporary, size: size)
        case .qcow2: try qemuImage(temporary, [], size: size)
        }
      }
      if rename(temporary, path) != 0 { throw Errno(errno).failure("create disk", path) }
    } catch {
      unlink(temporary)
      throw error
    }
  }

  private static func createRaw(_ path: String, size: UInt64) throws(Failure) {
    do throws(Errno) {
      let file = try Files.open(path, O_RDWR | O_CREAT | O_EXCL)
      if ftruncate(file.raw, off_t(size)) != 0 { throw Errno(errno) }
    } catch {
      throw error.failure("create disk", path, cure: "see to space and permissions there")
    }
  }

  private static func qemuImage(_ path: String, _ options: [String], size: UInt64) throws(Failure) {
    try Tool.qemuImage.run(
      ["create", "-q", "-f", "qcow2"] + options + [path, String(size)], step: "create disk", object: path)
  }
}
