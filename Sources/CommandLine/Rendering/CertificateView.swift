import Access
import Certificates
import FoundationEssentials

/// A certificate, in results for programs and as lines.
struct CertificateView: Encodable, Hashable, Sendable {
  /// Absent in a list.
  var schema: String?
  var name: String
  var role: String?
  var serial: String
  var issuer: String
  var begins: String
  var expires: String
  var authority: Bool
  var addresses: [String]
  var usages: [String]
  var fingerprint: String
  /// `valid`, `expired` or `revoked`; absent if only its authority's folder could tell.
  var state: String?
  /// Since when it is trusted no more.
  var revoked: String?
  /// What was written.
  var files: [String]?

  /// A result by itself.
  /// - Parameter files: what was written.
  init(_ facts: CertificateFacts, files: [String]) {
    self.init(facts)
    schema = Document.schema
    self.files = files
  }

  init(_ facts: CertificateFacts) {
    name = facts.name
    role = facts.role?.rawValue
    serial = facts.serial
    issuer = facts.issuer
    begins = Self.text(facts.begins)
    expires = Self.text(facts.ends)
    authority = facts.isAuthority
    addresses = facts.addresses
    usages = facts.usages
    fingerprint = facts.fingerprint
  }

  init(_ issued: IssuedCertificate, now: Date) {
    self.init(issued.facts)
    state = issued.state(at: now).rawValue
    revoked = issued.revoked.map { Self.text($0) }
  }

  /// UTC, to the second, which is all that a certificate has.
  static func text(_ date: Date) -> String { date.formatted(Date.ISO8601FormatStyle()) }

  /// What it says, by label.
  var lines: [(label: String, value: String)] {
    [
      (authority ? "Authority" : "Certificate", name), ("Role", role ?? "none"), ("Serial", serial),
      ("Issuer", issuer), ("Valid from", begins), ("Expires", expires),
      ("Addresses", addresses.isEmpty ? "none" : addresses.joined(separator: " ")),
      ("Usages", usages.isEmpty ? "none" : usages.joined(separator: " ")), ("SHA-256", fingerprint),
    ]
  }
}

/// The result of `tls show`.
struct IssuedView: Encodable, Sendable {
  var schema = Document.schema
  var certificates: [CertificateView]

  init(_ issued: [IssuedCertificate], now: Date) {
    certificates = issued.map { CertificateView($0, now: now) }
  }

  /// One line each.
  func table() -> Table {
    var table = Table(headings: ["NAME", "ROLE", "SERIAL", "EXPIRES", "STATE"])
    table.rows = certificates.map { [$0.name, $0.role ?? "", $0.serial, $0.expires, $0.state ?? ""] }
    return table
  }
}
