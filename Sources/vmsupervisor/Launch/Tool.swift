/// A program of the host that makes or changes an image.
struct Tool: Sendable {
  let path: String
  /// The Debian package that has it.
  let package: String

  static let qemuImage = Tool(path: "/usr/bin/qemu-img", package: "qemu-utils")
  static let isoImage = Tool(path: "/usr/bin/xorrisofs", package: "xorriso")

  /// The number at which it finds the file that it changes.
  static let file: Int32 = 3
  /// Bytes of address space: qemu-img maps some hundreds of MiB for its threads.
  static let addressSpace: UInt64 = 4 << 30
  /// Seconds of processor time.
  static let processorSeconds: UInt64 = 60

  /// As it is called.
  var name: String { path.split(separator: "/").last.map(String.init) ?? path }
}
