/// Whom a certificate is for.
package struct Identity: Hashable, Sendable {
  /// The subject's common name, safe for a terminal (`HarmlessText`); never empty.
  package var name: String
  /// What it may ask for.
  package var role: Role
  /// The certificate's serial number: hexadecimal, small letters, no separators.
  package var serial: String

  /// Makes one.
  package init(name: String, role: Role, serial: String) {
    self.name = name
    self.role = role
    self.serial = serial
  }
}
