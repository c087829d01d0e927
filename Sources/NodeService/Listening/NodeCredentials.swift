package import Certificates
package import Failure
import Glibc
package import Linux
package import NodeCore

/// What a node shows others, and what it knows others by, read as one: a set of files that do not belong together is not
/// used at all.
package struct NodeCredentials: Sendable {
  /// Of its certificate, for messages.
  package var name: String
  /// PEM.
  package var certificate: String
  package var key: String
  package var authorities: String
  package var trust: Trust

  /// Reads the files.
  /// - Throws: `.notFound` with the file that is missing, `.denied`, `.invalid` for what cannot be read as what it should be.
  package init(_ files: CredentialFiles) throws(Failure) {
    name = files.certificate
    certificate = try Self.read(files.certificate)
    key = try Self.read(files.key)
    authorities = try Self.read(files.authorities)
    trust = try Trust(authorities: authorities, revoked: try Self.list(files.revoked))
  }

  /// What was revoked. Nobody is only if there is no list, and nobody has named one: a list that is empty or cannot be read is none.
  private static func list(_ path: String) throws(Failure) -> String? {
    do throws(Errno) { _ = try FileVersion(of: path) } catch {
      if error.code == ENOENT, path == CredentialFiles.usual.revoked { return nil }
      throw error.failure(
        "read list of revoked certificates", path, remedy: "put it there: crl.pem of vmsupervisor tls issue")
    }
    let text = try read(path)
    guard !text.allSatisfy(\.isWhitespace) else {
      throw Failure(
        .invalid, operation: "read list of revoked certificates", object: path, cause: "it is empty",
        remedy: "copy it again: crl.pem of the authority")
    }
    return text
  }

  private static func read(_ path: String) throws(Failure) -> String {
    do throws(Errno) { return try Files.readText(path, limit: Trust.longestText) } catch {
      throw error.failure(
        "read", path, remedy: "make it: vmsupervisor tls issue node NAME --address ADDRESS; group procurator reads it")
    }
  }

  /// The files at this moment; nil for one that cannot be looked at.
  package static func versions(of files: CredentialFiles) -> [FileVersion?] {
    files.all.map { try? FileVersion(of: $0) }
  }
}
