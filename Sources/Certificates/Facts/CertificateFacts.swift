package import Access
import Crypto
package import FoundationEssentials
import Text
import X509

/// What a certificate says, for people and programs. All texts are safe for a terminal.
package struct CertificateFacts: Hashable, Sendable {
  /// The subject's common name, or all of it if it has none.
  package var name: String
  /// What its holder may ask for; nil if it says none, or something that nobody knows.
  package var role: Role?
  /// Hexadecimal, small letters, no separators.
  package var serial: String
  /// Who has signed it.
  package var issuer: String
  package var begins: Date
  package var ends: Date
  /// Whether it may sign others.
  package var isAuthority: Bool
  /// Domains and addresses that it is for.
  package var addresses: [String]
  /// `clientAuth`, `serverAuth` and others (RFC 5280, section 4.2.1.12).
  package var usages: [String]
  /// SHA-256 of the whole certificate, hexadecimal.
  package var fingerprint: String

  init(_ certificate: Certificate) throws(Objection) {
    name = certificate.subject.words
    role = try? Identity(of: certificate).role
    serial = certificate.serialText
    issuer = certificate.issuer.words
    (begins, ends) = try Objection.of("it has damaged dates") { try certificate.lifetime() }
    isAuthority = certificate.isAuthority
    addresses = HostName.all(in: (try? certificate.extensions.subjectAlternativeNames) ?? SubjectAlternativeNames())
    usages = ((try? certificate.extensions.extendedKeyUsage) ?? ExtendedKeyUsage()).map { "\($0)" }
    fingerprint = SerialText.text(Array(SHA256.hash(data: try certificate.der())))
  }
}

/// What a list of what was revoked says.
package struct RevocationListFacts: Hashable, Sendable {
  /// Who has signed it.
  package var issuer: String
  /// Rises with every list, hexadecimal; empty if it has none.
  package var number: String
  package var begins: Date
  /// When there must be a new one.
  package var ends: Date
  /// By serial number since when.
  package var revoked: [String: Date]

  init(_ list: RevocationList) {
    issuer = list.issuer.words
    number = list.number.map { SerialText.text($0) } ?? ""
    (begins, ends) = (list.begins, list.ends)
    revoked = list.revoked
  }
}
