package import Failure
import Glibc

/// The file of a listening socket, as it was right after it was made: whoever connects goes by its path, so a listener
/// whose file is gone is heard by nobody.
package struct SocketPlace: Hashable, Sendable {
  package let path: String
  private let device: UInt
  private let file: UInt

  /// What became of it.
  package enum Presence: Hashable, Sendable {
    case there
    case gone
    /// Somebody else's file is in its place.
    case replaced
  }

  /// Looks at a socket that was just made; nil if its file is gone already.
  package init?(_ path: String) {
    var facts = stat()
    guard lstat(path, &facts) == 0 else { return nil }
    self.path = path
    (device, file) = (UInt(facts.st_dev), UInt(facts.st_ino))
  }

  /// Looks again. What cannot be looked at is taken as it was.
  package var presence: Presence {
    var facts = stat()
    guard lstat(path, &facts) == 0 else { return errno == ENOENT || errno == ENOTDIR ? .gone : .there }
    return UInt(facts.st_dev) == device && UInt(facts.st_ino) == file ? .there : .replaced
  }
}

extension Failure {
  /// Somebody else's file is where a socket of the supervisor was.
  /// - Parameter so: what follows from it.
  package static func occupied(_ path: String, operation: String, object: String, so consequence: String) -> Failure {
    Failure(
      .exists, operation: operation, object: object,
      cause: "somebody else's file is where the socket of the supervisor was: \(consequence)",
      remedy: "remove that file (rm \(path)); the supervisor makes its socket again within seconds")
  }
}

extension Files {
  /// Whether there is a socket at that path.
  package static func isSocket(_ path: String) -> Bool {
    var facts = stat()
    return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFSOCK
  }
}
