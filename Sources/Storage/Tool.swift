package import Failure

/// A program of the host that makes or changes an image.
package struct Tool: Sendable {
  package let path: String
  /// The Debian package that has it.
  package let package: String

  package static let qemuImage = Tool(path: "/usr/bin/qemu-img", package: "qemu-utils")
  package static let isoImage = Tool(path: "/usr/bin/xorrisofs", package: "xorriso")

  /// The number at which it finds the file that it changes.
  package static let file: Int32 = 3
  /// The number at which it finds the file that it copies.
  package static let source: Int32 = 4
  /// The number at which it finds the image that `source` is a layer of.
  package static let below: Int32 = 5
  /// Bytes of address space: qemu-img maps some hundreds of MiB for its threads.
  package static let addressSpace: UInt64 = 4 << 30
  /// Seconds of processor time.
  package static let processorSeconds: UInt64 = 60

  /// Whether it speaks with others over a connection that it is given; the others have no network of any kind.
  package let isConnected: Bool

  package init(path: String, package: String, isConnected: Bool = false) {
    self.path = path
    self.package = package
    self.isConnected = isConnected
  }

  /// As it is called.
  package var name: String { path.split(separator: "/").last.map(String.init) ?? path }
}

/// What a tool works with.
package struct ToolWork: Sendable {
  package var arguments: [String]
  /// A folder of ours that it reads; nil for none.
  package var folder: String?
  /// Whether the file is its standard output, and not at `Tool.file`.
  package var isOutput = false
  /// An open image that it copies from; nil for none.
  package var source: Int32?
  /// An open image that `source` is a layer of; nil for none.
  package var below: Int32?
  /// What else it has open, from the number `Tool.below` on, which is free then.
  package var passed: [Int32] = []

  package init(arguments: [String], folder: String? = nil, isOutput: Bool = false, source: Int32? = nil) {
    self.arguments = arguments
    self.folder = folder
    self.isOutput = isOutput
    self.source = source
  }
}

/// Runs tools that make and change images.
package protocol ToolRunner: Sendable {
  /// Runs one and waits for its end. Blocks.
  /// - Parameters:
  ///   - operation: what is done by it, for the failure.
  ///   - object: the image.
  ///   - file: the open image, which it changes.
  /// - Throws: that it is not there, that it took too long, or what it said if it did not end with status 0.
  func run(_ tool: Tool, _ work: ToolWork, operation: String, object: String, file: Int32) throws(Failure)
}
