package import Failure
import FoundationEssentials
import Glibc
import Linux

/// The layout of the state folder, as a number in a file: an older release must not touch what a newer one has written,
/// because it would set aside or lose what it does not know. The package refuses a downgrade by the same number.
package struct StateFormat: Sendable {
  /// What this release reads and writes. One more whenever an older release could not go on with what is there.
  package static let current = 2

  /// The file.
  package let path: String

  package init(_ paths: Paths) { path = paths.state + "/format" }

  /// Looks whether this release may work here, and notes its number.
  /// - Returns: that the disk is too full for it; VMs are served all the same, and the next start notes it.
  /// - Throws: `.state` if a newer release was here.
  @discardableResult package func settle() throws(Failure) -> Failure? {
    let text: String?
    do throws(Errno) { text = try Files.readText(path, limit: 64) } catch {
      guard error.code == ENOENT else { throw error.failure("read format of the state folder", path).of(.record) }
      text = nil
    }
    if try Self.mayWork(text, path) { return nil }
    do throws(Errno) { try Files.replace(path, with: Array("\(Self.current)\n".utf8), mode: 0o644) } catch {
      let failure = error.stateFailure("write format of the state folder", path)
      guard error.isFull else { throw failure }
      return failure
    }
    return nil
  }

  /// - Returns: whether the number is this release's already.
  static func mayWork(_ text: String?, _ path: String) throws(Failure) -> Bool {
    guard let text else { return false }
    let trimmed = String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    guard let found = Int(trimmed), found > 0 else {
      throw Failure(
        .invalid, part: .record, operation: "read format of the state folder", object: path,
        cause: "\"\(trimmed)\" is no format",
        remedy: "write \(current) into it if no newer release was used here")
    }
    guard found <= current else {
      throw Failure(
        .state, part: .record, operation: "read state", object: path,
        cause: "a newer release has written format \(found), this one knows formats up to \(current)",
        remedy: "install the newer release again, or restore a backup that this one made")
    }
    return found == current
  }
}
