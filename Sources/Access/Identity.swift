/// Whom a certificate is for.
package struct Identity: Codable, Hashable, Sendable {
  /// Its common name, as text that does a terminal no harm; never empty.
  package var name: String
  package var role: Role
  /// Serial number of the certificate, in lower-case hexadecimal digits.
  package var serial: String

  package init(name: String, role: Role, serial: String) {
    self.name = name
    self.role = role
    self.serial = serial
  }
}
