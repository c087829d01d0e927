import Failure
import Glibc
import Linux

/// The seed as an image: an ISO 9660 file system with the label that cloud-init looks for.
enum Seed {
  /// What makes it (Debian package xorriso).
  static let tool = "/usr/bin/xorrisofs"
  /// The label that cloud-init looks for.
  private static let label = "cidata"

  /// Writes the image to `path`, which is replaced. Blocks for some milliseconds.
  static func write(_ seed: SeedFiles, to path: String) throws(Failure) {
    let folder = path + ".files"
    let temporary = path + ".new"
    defer { try? Files.removeFolder(folder) }
    do throws(Errno) {
      try Files.removeFolder(folder)
      try Files.makeFolders(folder)
      // Made anew at each start: nothing that has to outlive a power cut.
      for (name, text) in seed.files { try Files.replace(folder + "/" + name, with: Array(text.utf8), durable: false) }
    } catch {
      throw error.failure("write cloud-init seed", folder, cure: "see to space and permissions there")
    }
    let end: ProcessEnd?
    do throws(Errno) {
      let null = try Files.open("/dev/null", O_RDWR)
      let child = try ProcessHandle.spawn(
        tool, arguments: ["xorrisofs", "-quiet", "-V", label, "-J", "-r", "-o", temporary, folder],
        environment: ["PATH=/usr/bin:/bin", "LC_ALL=C"], descriptors: [(null.raw, 0), (null.raw, 1), (null.raw, 2)])
      end = try child.reap(blocking: true)
    } catch {
      throw error.failure("run", tool, cure: "install the package xorriso")
    }
    guard end == .exited(0), rename(temporary, path) == 0 else {
      unlink(temporary)
      throw Failure(
        .system, step: "write cloud-init seed", object: path,
        cause: "xorrisofs ended with \(end.map { "\($0)" } ?? "nothing")", cure: "see to space and permissions there")
    }
  }
}
