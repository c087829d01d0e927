import Certificates
package import Failure
import Linux

/// What a caller shows a node, and what it knows nodes by. All are texts in PEM.
package struct ClientCredentials: Hashable, Sendable {
  /// Its certificate, and those between that and the authority if there are any.
  package var certificate: String
  package var key: String
  /// Certificates of whoever makes those of nodes.
  package var authorities: String
  /// Lists of what they have revoked; nil if there are none.
  package var revoked: String?

  package init(certificate: String, key: String, authorities: String, revoked: String?) {
    self.certificate = certificate
    self.key = key
    self.authorities = authorities
    self.revoked = revoked
  }

  /// Reads files.
  /// - Parameter revoked: nil if there is none.
  /// - Throws: `.notFound` or `.denied` with the file that cannot be read.
  package init(certificate: String, key: String, authorities: String, revokedAt revoked: String?) throws(Failure) {
    self.init(
      certificate: try Self.read(certificate, "certificate"), key: try Self.read(key, "key"),
      authorities: try Self.read(authorities, "certificates of authorities"),
      revoked: try revoked.map { path throws(Failure) in try Self.read(path, "list of revoked certificates") })
  }

  private static func read(_ path: String, _ what: String) throws(Failure) -> String {
    do throws(Errno) { return try Files.readText(path, limit: Trust.longestText) } catch {
      throw error.failure(
        "read \(what)", path, remedy: "a node's operator makes it: vmsupervisor tls issue operator NAME")
    }
  }
}
