package import FoundationEssentials

/// A file in a pool, as it is listed.
package struct PoolFile: Hashable, Sendable {
  package var name: String
  /// From the pool's folder on.
  package var path: String
  package var isFolder: Bool
  package var size: UInt64
  package var modified: Date
  /// `directory`, `link`, the kind of image that its name says, or `file`.
  package var type: String
  /// Permission bits.
  package var mode: UInt32

  package init(
    name: String, path: String, isFolder: Bool, size: UInt64, modified: Date, type: String, mode: UInt32
  ) {
    self.name = name
    self.path = path
    self.isFolder = isFolder
    self.size = size
    self.modified = modified
    self.type = type
    self.mode = mode
  }

  /// Names of images by which clients choose what they show.
  private static let kinds: Set<String> = ["iso", "qcow2", "raw", "img", "vmdk", "vdi", "vhd", "vhdx", "ova"]

  /// The type of a regular file.
  package static func type(ofFile name: String) -> String {
    guard let dot = name.lastIndex(of: ".") else { return "file" }
    let end = name[dot...].dropFirst().lowercased()
    return kinds.contains(end) ? end : "file"
  }

  /// Permission bits as `ls` of others' clients shows them.
  package var permissions: String {
    let text = String(mode & 0o7777, radix: 8)
    return String(repeating: "0", count: max(0, 3 - text.count)) + text
  }

  /// Folders first, then by name in either case; names that differ in case alone by their bytes.
  package static func isOrdered(_ one: PoolFile, _ other: PoolFile) -> Bool {
    if one.isFolder != other.isFolder { return one.isFolder }
    let (lower, upper) = (one.name.lowercased(), other.name.lowercased())
    return lower == upper ? one.name < other.name : lower < upper
  }
}
