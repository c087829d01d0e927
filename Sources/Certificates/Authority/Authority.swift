import Failure
import FoundationEssentials
import Glibc
import Linux
import X509

/// A folder in which certificates are made: the authority's certificate, its key, its list of what was revoked, and a
/// copy of all that it has issued.
///
///     ca.pem  ca.key  crl.pem  issued/SERIAL.pem
package struct Authority: Hashable, Sendable {
  /// Where it is.
  package let folder: String

  /// Where it is if nobody says otherwise.
  package static let usualFolder = "/etc/procurator/tls/authority"

  /// How long to wait for another that works in the folder, in tries of 20 ms.
  private static let tries = 500

  /// The one in `folder`, which is looked at when something is asked of it.
  package init(folder: String) {
    var bare = folder.isEmpty ? "." : folder[...]
    while bare.count > 1, bare.hasSuffix("/") { bare = bare.dropLast() }
    self.folder = String(bare)
  }

  /// Its certificate.
  package var certificatePath: String { folder + "/ca.pem" }
  var keyPath: String { folder + "/ca.key" }
  /// Its list of what was revoked.
  package var listPath: String { folder + "/crl.pem" }
  var issuedFolder: String { folder + "/issued" }
  func issuedPath(_ serial: String) -> String { issuedFolder + "/\(serial).pem" }
  private var lockPath: String { folder + "/lock" }

  /// What it works with.
  struct Content {
    var own: AuthorityKey
    var certificateText: String
    var list: SignedRevocationList
  }

  /// Runs `body` while nobody else changes the folder.
  func alone<R>(_ body: (Content) throws(Failure) -> R) throws(Failure) -> R {
    guard Files.exists(certificatePath) || !isReachable else { throw missing }
    var held: Descriptor?
    for _ in 0..<Self.tries {
      do throws(Errno) { held = try LockFile.acquire(lockPath) } catch {
        throw error.failure("lock", lockPath, remedy: "run it as the owner of \(folder), or name yours with --folder")
      }
      if held != nil { break }
      usleep(20_000)
    }
    guard let lock = held.take() else {
      throw Failure(
        .exhausted, operation: "use authority", object: folder, cause: "another command works in this folder",
        remedy: "try again when it has ended")
    }
    let result = try body(try content())
    _ = consume lock
    return result
  }

  /// Whether its files can be seen at all; if they cannot, what is missing is a right and not an authority.
  private var isReachable: Bool { access(folder, X_OK) == 0 || errno != EACCES }

  private var missing: Failure {
    Failure(
      .notFound, operation: "use authority", object: folder, cause: "there is none in this folder",
      remedy: "make one: vmsupervisor tls init --folder \(folder), or name yours with --folder")
  }

  private func content() throws(Failure) -> Content {
    let text = try TextFile.read(certificatePath, "certificate")
    let keyText = try TextFile.read(keyPath, "key")
    let listText = try TextFile.read(listPath, "revocation list")
    do throws(Objection) {
      let certificate = try Self.say(certificatePath) { () throws(Objection) in try Certificate.one(in: text) }
      let key = try Objection.of("\(keyPath) is no key that can be read") {
        try Certificate.PrivateKey(pemEncoded: keyText)
      }
      guard key.publicKey == certificate.publicKey else {
        throw Objection(
          "\(keyPath) is not the key of \(certificatePath)", remedy: "put the two that belong together there")
      }
      let list = try Self.say(listPath) { () throws(Objection) in try SignedRevocationList.one(in: listText) }
      guard list.isSigned(by: certificate) else {
        throw Objection(
          "\(listPath) is not signed by \(certificatePath)", remedy: "restore it from where crl.pem was copied to")
      }
      return Content(own: AuthorityKey(certificate: certificate, key: key), certificateText: text, list: list)
    } catch {
      throw error.failure(.state, "use authority", folder)
    }
  }

  private static func say<R>(_ path: String, _ body: () throws(Objection) -> R) throws(Objection) -> R {
    do throws(Objection) { return try body() } catch { throw error.of(path) }
  }
}
