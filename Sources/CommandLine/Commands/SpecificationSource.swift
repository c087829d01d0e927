package import Failure
import FoundationEssentials
import Glibc
import Linux
import Text

/// A VM specification as it goes to the daemon, which is the only one that understands it.
package struct SpecificationSource: Sendable {
  /// YAML or JSON.
  package var document: String
  /// The name that messages of the daemon use for it.
  package var origin: String
  /// Where relative image paths in it start.
  package var baseDirectory: String

  /// Longest specification; far below what one message can hold, far above what a VM needs.
  package static let longest = 1 << 20

  /// Reads a file; `-` is standard input, whose relative paths start in the working directory.
  init(file: String) throws(Failure) {
    let here = try Self.workingDirectory()
    if file == "-" {
      self.init(document: try Self.read(0, "standard input"), origin: "standard input", baseDirectory: here)
      return
    }
    let number = open(file, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else {
      throw Errno(errno).failure(
        "read specification", file, remedy: "give the path of a YAML or JSON file, or - for input")
    }
    let descriptor = Descriptor(owning: number)
    let document = try Self.read(descriptor.raw, file)
    let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let base = file.hasPrefix("/") ? (folder.isEmpty ? "/" : folder) : (folder.isEmpty ? here : "\(here)/\(folder)")
    self.init(document: document, origin: file, baseDirectory: base)
  }

  /// Takes a specification that was made here.
  init(document: String, origin: String, baseDirectory: String) {
    self.document = document
    self.origin = origin
    self.baseDirectory = baseDirectory
  }

  /// The caller's working directory.
  package static func workingDirectory() throws(Failure) -> String {
    guard let path = getcwd(nil, 0) else { throw Errno(errno).failure("find the working directory") }
    defer { free(path) }
    return String(cString: path)
  }

  private static func read(_ descriptor: Int32, _ name: String) throws(Failure) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while bytes.count <= longest {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        throw Errno(errno).failure("read specification", name)
      }
      bytes += buffer[..<count]
    }
    guard bytes.count <= longest else {
      throw Failure(
        .invalid, operation: "read specification", object: name,
        cause: "it is longer than \(Quantity.bytes(UInt64(longest)))",
        remedy: "a specification describes one VM; what else it needs goes into files that it names")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.invalid, operation: "read specification", object: name, cause: "it is not UTF-8 text")
    }
    return text
  }
}
