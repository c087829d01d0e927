import Crypto
import FoundationEssentials
import SwiftASN1
import X509

/// The certificates that an authority makes, as values.
enum CertificateMaking {
  /// How far back a certificate and a list begin, seconds: clocks differ.
  static let backdated: Double = 300
  static let day: Double = 86400

  /// An authority's own: signs leaves and lists, and no other authority (RFC 5280, sections 4.2.1.3 and 4.2.1.9).
  static func authority(
    name: String, days: Int, key: Certificate.PrivateKey, serial: Certificate.SerialNumber, now: Date
  ) throws -> Certificate {
    let subject = try DistinguishedName { CommonName(name) }
    let identifier = SubjectKeyIdentifier(hash: key.publicKey)
    return try Certificate(
      version: .v3, serialNumber: serial, publicKey: key.publicKey, notValidBefore: now.addingTimeInterval(-backdated),
      notValidAfter: now.addingTimeInterval(Double(days) * day), issuer: subject, subject: subject,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
        Critical(KeyUsage(keyCertSign: true, cRLSign: true))
        identifier
        AuthorityKeyIdentifier(keyIdentifier: identifier.keyIdentifier)
      },
      issuerPrivateKey: key)
  }

  /// A leaf. It does not outlive its authority.
  static func leaf(
    _ order: CertificateOrder, hosts: [HostName], key: Certificate.PublicKey, serial: Certificate.SerialNumber,
    by authority: AuthorityKey, now: Date
  ) throws -> Certificate {
    let ends = min(
      now.addingTimeInterval(Double(order.days) * day), try authority.certificate.lifetime().ends)
    let usages: [ExtendedKeyUsage.Usage] = order.role == .node ? [.serverAuth, .clientAuth] : [.clientAuth]
    let names = [GeneralName.uniformResourceIdentifier(order.role.uri)] + hosts.map(\.generalName)
    return try Certificate(
      version: .v3, serialNumber: serial, publicKey: key, notValidBefore: now.addingTimeInterval(-backdated),
      notValidAfter: ends, issuer: authority.certificate.subject,
      subject: try DistinguishedName {
        OrganizationalUnitName(order.role.rawValue)
        CommonName(order.name)
      },
      signatureAlgorithm: SignatureIdentifier(for: authority.key).algorithm,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: true))
        try ExtendedKeyUsage(usages)
        SubjectAlternativeNames(names)
        SubjectKeyIdentifier(hash: key)
        AuthorityKeyIdentifier(keyIdentifier: try authority.identifier)
      },
      issuerPrivateKey: authority.key)
  }

  /// A list that holds for 90 days.
  static func list(_ revoked: [String: Date], number: [UInt8], by authority: AuthorityKey, now: Date) throws(Objection)
    -> SignedRevocationList
  {
    let identifier = try Objection.of("its authority's key identifier is damaged") { try authority.identifier }
    let list = RevocationList(
      issuer: authority.certificate.subject, authorityKey: identifier, number: number,
      begins: now.addingTimeInterval(-backdated), ends: now.addingTimeInterval(90 * day), revoked: revoked)
    return try SignedRevocationList(list, key: authority.key)
  }
}

/// An authority's certificate and its key.
struct AuthorityKey: Sendable {
  let certificate: Certificate
  let key: Certificate.PrivateKey

  /// What the certificates and lists name it by.
  var identifier: ArraySlice<UInt8> {
    get throws {
      try certificate.extensions.subjectKeyIdentifier?.keyIdentifier
        ?? SubjectKeyIdentifier(hash: certificate.publicKey).keyIdentifier
    }
  }
}
