import Failure
import Glibc
import Linux

/// Files of certificates, keys and lists.
enum TextFile {
  /// A file as text.
  static func read(_ path: String, _ what: String) throws(Failure) -> String {
    do throws(Errno) { return try Files.readText(path, limit: PEM.longest) } catch {
      throw error.failure(
        "read \(what)", path,
        remedy: error.code == ENOENT
          ? "name the right file or folder" : "see to its permissions, or run this as its owner")
    }
  }
}
