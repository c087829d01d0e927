package import Access
import Configuration
import Failure
package import Text

/// Section `[API]` of the supervisor's configuration: where the network reaches it, and with which certificates.
package struct APISettings: Hashable, Sendable {
  /// An IP address and a port; nil is nowhere.
  package var listen: NetworkAddress?
  package var files: CredentialFiles
  /// What everybody may who comes without TLS, to an address of this host alone; nil has certificates asked for.
  package var plaintext: Role?

  /// Whether somebody wants it: then it is a fault if the files are not there.
  package var isConfigured: Bool { listen != Self.usual || files != .usual }

  private static let usual = NetworkAddress(host: "127.0.0.1", port: NetworkAddress.nodePort)

  static let rule = ConfigurationRule(
    section: "API", keys: ["Listen", "Certificate", "Key", "Authorities", "Revoked", "Plaintext"])

  init(_ section: ConfigurationSection) throws(Failure) {
    let usual = Self.usual
    let text = section.text("Listen") ?? "\(usual)"
    if text != "off" {
      guard let address = NetworkAddress(text, port: NetworkAddress.nodePort), address.isNumeric else {
        throw section.failure(
          "Listen", "\"\(text)\" is no IP address with a port",
          remedy: "write \(usual), [::]:9090 for all addresses, or off")
      }
      listen = address
    }
    files = CredentialFiles(
      certificate: section.text("Certificate") ?? CredentialFiles.usual.certificate,
      key: section.text("Key") ?? CredentialFiles.usual.key,
      authorities: section.text("Authorities") ?? CredentialFiles.usual.authorities,
      revoked: section.text("Revoked") ?? CredentialFiles.usual.revoked)
    plaintext = try Self.plaintext(section)
    if plaintext != nil, let listen, !listen.isLoopback {
      throw section.failure(
        "Plaintext", "others than this host reach \(listen), and would need no certificate",
        remedy: "write Listen=\(usual), or Plaintext=no")
    }
  }

  private static func plaintext(_ section: ConfigurationSection) throws(Failure) -> Role? {
    switch section.text("Plaintext") ?? "no" {
    case "no": return nil
    case "operator": return .operator
    case "read-only": return .readOnly
    case let text:
      throw section.failure(
        "Plaintext", "\"\(text)\" is none of its values",
        remedy: "write no, or what every process of this host may then do: read-only or operator")
    }
  }
}

/// Where a node has what it shows others, and what it knows others by. PEM.
package struct CredentialFiles: Hashable, Sendable {
  /// Its certificate, and those between that and the authority if there are any.
  package var certificate: String
  package var key: String
  /// Certificates of whoever makes those of its callers.
  package var authorities: String
  /// Lists of what they have revoked. That of `usual` need not be there; one that is named has to be.
  package var revoked: String

  package init(certificate: String, key: String, authorities: String, revoked: String) {
    self.certificate = certificate
    self.key = key
    self.authorities = authorities
    self.revoked = revoked
  }

  /// What `vmsupervisor tls issue node` makes, in the folder of the packages.
  package static let usual = CredentialFiles(
    certificate: "/etc/procurator/tls/node.pem", key: "/etc/procurator/tls/node.key",
    authorities: "/etc/procurator/tls/ca.pem", revoked: "/etc/procurator/tls/crl.pem")

  package var all: [String] { [certificate, key, authorities, revoked] }
}
