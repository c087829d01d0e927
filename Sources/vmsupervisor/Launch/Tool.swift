import Failure
import Glibc
import Linux

/// A program of the host that makes or changes an image.
struct Tool: Sendable {
  let path: String
  /// The Debian package that has it.
  let package: String

  static let qemuImage = Tool(path: "/usr/bin/qemu-img", package: "qemu-utils")
  static let isoImage = Tool(path: "/usr/bin/xorrisofs", package: "xorriso")

  /// As it is called.
  var name: String { path.split(separator: "/").last.map(String.init) ?? path }

  /// Runs it, without input and output, and waits for its end. Blocks.
  /// - Parameters:
  ///   - step: what is done by it, for the failure.
  ///   - object: the image.
  /// - Throws: that it is not there, or how it ended if not with status 0.
  func run(_ arguments: [String], step: String, object: String) throws(Failure) {
    let end: ProcessEnd?
    do throws(Errno) {
      let null = try Files.open("/dev/null", O_RDWR)
      let child = try ProcessHandle.spawn(
        path, arguments: [name] + arguments, environment: ["PATH=/usr/bin:/bin", "LC_ALL=C"],
        descriptors: [(null.raw, 0), (null.raw, 1), (null.raw, 2)])
      end = try child.reap(blocking: true)
    } catch {
      throw error.failure("run", path, cure: "install the package \(package)")
    }
    guard end == .exited(0) else {
      throw Failure(
        .system, step: step, object: object, cause: "\(name) ended with \(end.map { "\($0)" } ?? "nothing")",
        cure: "see to space and permissions there")
    }
  }
}
