package import Failure

/// Names of pools, volumes and their snapshots: what a file can be called everywhere, and what no path, option or tool takes
/// for something else.
package enum StorageName {
  /// Most bytes; a control plane's are UUIDs, or names with one in it.
  static let longest = 128
  /// What callers write for "no pool": the VM's own folder.
  package static let noPool: Set<String> = ["", "default"]

  /// Why a name cannot be one; nil if it can.
  package static func trouble(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    if bytes.isEmpty { return "it is empty" }
    if bytes.count > longest { return "it has \(bytes.count) bytes, \(longest) are the most" }
    guard bytes.allSatisfy({ isLetterOrDigit($0) || [0x2d, 0x2e, 0x5f].contains($0) }) else {
      return "it has characters other than A-Z a-z 0-9 . _ -"
    }
    return isLetterOrDigit(bytes[0]) ? nil : "it does not begin with a letter or digit"
  }

  /// Refuses what is no name.
  /// - Parameter field: what it is called in the request.
  package static func check(_ text: String, _ field: String, _ operation: String) throws(Failure) {
    guard let cause = trouble(text) else { return }
    throw Failure(
      .invalid, part: .disk, operation: operation, object: "\(field) `\(text.prefix(longest))`", cause: cause,
      remedy: "use 1 to \(longest) of A-Z a-z 0-9 . _ - that begin with a letter or digit")
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: false
    }
  }
}
