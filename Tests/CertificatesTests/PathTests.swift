import Access
import Crypto
import Failure
import Foundation
import SwiftASN1
import Testing
import X509

@testable import Certificates

/// Authorities below authorities.
@Suite struct PathTests {
  /// One that is signed by another, or by itself.
  private func authority(
    _ name: String, by parent: AuthorityKey? = nil, length: Int? = nil, key: P256.Signing.PrivateKey = .init(),
    names: [GeneralName] = [], constraints: NameConstraints? = nil
  ) throws -> AuthorityKey {
    let subject = try DistinguishedName { CommonName(name) }
    let own = Certificate.PrivateKey(key)
    let certificate = try Certificate(
      version: .v3, serialNumber: SerialText.random(), publicKey: own.publicKey, notValidBefore: noon - day,
      notValidAfter: noon + day, issuer: parent?.certificate.subject ?? subject, subject: subject,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: length))
        Critical(KeyUsage(keyCertSign: true, cRLSign: true))
        SubjectAlternativeNames(names)
        if let constraints { Critical(constraints) }
      }, issuerPrivateKey: parent?.key ?? own)
    return AuthorityKey(certificate: certificate, key: own)
  }

  private func leaf(by parent: AuthorityKey, hosts: [String] = ["node1.example.org"]) throws -> Certificate {
    try CertificateMaking.leaf(
      CertificateOrder(role: .node, name: "node1"), hosts: hosts.compactMap { HostName($0) },
      key: Certificate.PrivateKey(P256.Signing.PrivateKey()).publicKey, serial: SerialText.random(), by: parent,
      now: noon - 60)
  }

  @Test func aPathIsFollowedInAnyOrder() async throws {
    let root = try authority("Root")
    let upper = try authority("Upper", by: root)
    let lower = try authority("Lower", by: upper)
    let leaf = try leaf(by: lower)
    let trust = try Trust(authorities: root.certificate.pem(), revoked: nil)
    for middle in [[upper, lower], [lower, upper], [lower, upper, root]] {
      let chain = try [leaf.der()] + middle.map { try $0.certificate.der() }
      #expect(try await trust.client(chain, now: noon).name == "node1")
    }
    let short = await refusal { _ = try await trust.client([leaf.der(), lower.certificate.der()], now: noon) }
    #expect(short?.cause == "its authority Upper is not trusted here")
  }

  @Test func anAuthorityThatWasRevokedTrustsNobody() async throws {
    let root = try authority("Root")
    let lower = try authority("Lower", by: root)
    let list = try CertificateMaking.list([lower.certificate.serialText: noon - 5], number: [1], by: root, now: noon)
    let trust = try Trust(authorities: root.certificate.pem(), revoked: list.pem)
    let chain = [try leaf(by: lower).der(), try lower.certificate.der()]
    let failure = await refusal { _ = try await trust.client(chain, now: noon) }
    #expect(failure?.cause == "its certificate \(lower.certificate.serialText) was revoked at 2027-01-15T11:59:55Z")
  }

  @Test func lengthsAndNamesAreRestricted() async throws {
    let root = try authority("Root", length: 0)
    let lower = try authority("Lower", by: root)
    let trust = try Trust(authorities: root.certificate.pem(), revoked: nil)
    let chain = [try leaf(by: lower).der(), try lower.certificate.der()]
    let long = await refusal { _ = try await trust.client(chain, now: noon) }
    #expect(
      long?.cause == "the path to its authority breaks a length or a restriction of names (RFC 5280, section 6.1)")
    let narrow = try authority("Narrow", constraints: NameConstraints(permittedDNSDomains: ["example.net"]))
    let bounded = try Trust(authorities: narrow.certificate.pem(), revoked: nil)
    let foreign = try leaf(by: narrow).der()
    #expect(await refusal { _ = try await bounded.client([foreign], now: noon) }?.cause == long?.cause)
    let near = try leaf(by: narrow, hosts: ["node1.example.net"]).der()
    #expect(try await bounded.client([near], now: noon).name == "node1")
  }

  /// Authorities of one name and key, each of which can have signed each: paths through them are many.
  @Test func mazesEnd() async throws {
    let key = P256.Signing.PrivateKey()
    let first = try authority("Maze", key: key)
    let maze = try (0..<4).map { index in
      try authority("Maze", by: first, key: key, names: [.dnsName("\(index)")]).certificate.der()
    }
    let trust = try TestAuthority().trust()
    let chain = [try leaf(by: first).der()] + maze
    #expect(await refusal { _ = try await trust.client(chain, now: noon) }?.code == .denied)
  }

  /// Whoever can make certificates of a known authority's name cannot make its lists.
  @Test func listsOfOthersAreNotBelieved() throws {
    let (own, other) = (try authority("Root"), try authority("Root"))
    let list = try CertificateMaking.list([:], number: [9], by: other, now: noon)
    #expect(throws: Failure.self) { try Trust(authorities: own.certificate.pem(), revoked: list.pem) }
    let both = try Trust(authorities: own.certificate.pem() + other.certificate.pem(), revoked: list.pem)
    #expect(both.lists.map(\.authority) == [other.certificate])
  }
}
