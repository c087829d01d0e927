package import Access
import Failure
import Text

/// What certificate is to be made.
package struct CertificateOrder: Hashable, Sendable {
  /// What its holder may ask for.
  package var role: Role
  /// Its holder, who is known by this name in logs.
  package var name: String
  /// Domains and addresses under which its holder is reached; of nodes only.
  package var addresses: [String]
  /// How long it holds.
  package var days: Int

  /// Makes one.
  package init(role: Role, name: String, addresses: [String] = [], days: Int = CertificateOrder.usualDays) {
    self.role = role
    self.name = name
    self.addresses = addresses
    self.days = days
  }

  /// A year.
  package static let usualDays = 365
  /// Ten years.
  package static let usualDaysOfAuthority = 3650
  /// A hundred years.
  static let mostDays = 36500

  /// - Throws: `.invalid` for what no certificate should say.
  func checked() throws(Failure) -> [HostName] {
    try Self.check(name: name, operation: "issue certificate")
    try Self.check(days: days, operation: "issue certificate", name)
    func refuse(_ cause: String, _ remedy: String) -> Failure {
      Failure(.invalid, operation: "issue certificate", object: name, cause: cause, remedy: remedy)
    }
    if role == .node, addresses.isEmpty {
      throw refuse(
        "a node is reached under a domain or an address, and none is given",
        "add --address NAME-OR-ADDRESS, as often as needed")
    }
    if role != .node, !addresses.isEmpty {
      throw refuse("addresses are those of nodes, and \(role.rawValue) is none", "leave --address out")
    }
    var hosts: [HostName] = []
    for address in addresses {
      guard let host = HostName(address) else {
        throw refuse(
          "\(HarmlessText.line(address)) is neither a domain nor an IP address",
          "write a name such as node1.example.org, or an address such as 192.0.2.1 or 2001:db8::1")
      }
      if !hosts.contains(host) { hosts.append(host) }
    }
    return hosts
  }

  /// A name is the beginning of files' names, too.
  static func check(name: String, operation: String) throws(Failure) {
    let isPlain = HarmlessText.line(name) == name && !name.contains("/") && !name.contains("\t")
    guard isPlain, !name.hasPrefix("."), !name.hasPrefix("-"), !name.allSatisfy(\.isWhitespace),
      name.count <= Identity.longestName, name.utf8.count <= 200
    else {
      throw Failure(
        .invalid, operation: operation, object: HarmlessText.line(name),
        cause:
          "a name has 1 to \(Identity.longestName) characters, begins with neither a dot nor a hyphen, and has no slash",
        remedy: "choose such a name: alice, node-1, control plane")
    }
  }

  static func check(days: Int, operation: String, _ object: String) throws(Failure) {
    guard (1...mostDays).contains(days) else {
      throw Failure(
        .invalid, operation: operation, object: object, cause: "\(days) is not a number of days from 1 to \(mostDays)",
        remedy: "give --days such a number")
    }
  }
}
