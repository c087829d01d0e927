import Crypto
import Failure
import Foundation
import SwiftASN1
import Testing
import X509

@testable import Certificates

/// Every reason for which a client is turned away, in its words.
@Suite struct RefusalTests {
  let authority: TestAuthority
  let alice: DistinguishedName

  init() throws {
    authority = try TestAuthority()
    alice = try DistinguishedName { CommonName("alice") }
  }

  private func refuse(
    _ chain: [Certificate], by trust: Trust? = nil, now: Date = noon, at place: SourceLocation = #_sourceLocation
  ) async throws -> Failure {
    let trust = try trust ?? authority.trust()
    let bytes = try chain.map { try $0.der() }
    let failure = await refusal({ _ = try await trust.client(bytes, now: now) }, at: place)
    #expect(failure?.code == .denied, sourceLocation: place)
    return try #require(failure, sourceLocation: place)
  }

  private func role(_ words: String...) -> SubjectAlternativeNames {
    SubjectAlternativeNames(words.map { .uniformResourceIdentifier("urn:procurator:role:\($0)") })
  }

  @Test func anUnknownAuthority() async throws {
    let failure = try await refuse([TestAuthority("Elsewhere").leaf()])
    #expect(
      "\(failure)" == """
        cannot accept client alice: its authority Elsewhere is not trusted here; make one with the authority that is trusted \
        here (vmsupervisor tls issue), or trust that one too
        """)
  }

  @Test func anAuthorityOfTheSameName() async throws {
    let failure = try await refuse([TestAuthority().leaf()])
    #expect(failure.cause == "it names the authority Test authority, whose key has not signed it")
  }

  @Test func expiredAndNotYetValid() async throws {
    let leaf = try authority.leaf(days: 30)
    let late = try await refuse([leaf], now: noon + 30 * day + 1)
    #expect(late.cause == "its certificate has expired at 2027-02-14T12:00:00Z")
    #expect(late.remedy == "make a new one: vmsupervisor tls issue")
    let early = try await refuse([leaf], now: noon - 301)
    #expect(
      early.cause == "its certificate is not valid before 2027-01-15T11:55:00Z, and here it is 2027-01-15T11:54:59Z")
    _ = try await authority.trust().client([leaf.der()], now: noon + 30 * day)
    _ = try await authority.trust().client([leaf.der()], now: noon - 300)
  }

  @Test func anExpiredAuthority() async throws {
    let old = try TestAuthority("Old", days: 10)
    let leaf = try old.leaf(
      subject: alice, extensions: { try ExtendedKeyUsage([.clientAuth]) })
    #expect(leaf.notValidAfter > noon)
    let long = try Certificate(
      version: .v3, serialNumber: SerialText.random(), publicKey: leaf.publicKey, notValidBefore: noon,
      notValidAfter: noon + 99 * day, issuer: old.own.certificate.subject, subject: alice,
      extensions: leaf.extensions, issuerPrivateKey: old.own.key)
    let failure = try await refuse([long], by: old.trust(), now: noon + 11 * day)
    #expect(failure.cause == "the certificate of its authority Old has expired at 2027-01-25T12:00:00Z")
  }

  @Test func revoked() async throws {
    let leaf = try authority.leaf()
    let list = try authority.list([leaf.serialText: noon - day])
    let failure = try await refuse([leaf], by: authority.trust(list))
    #expect(failure.cause == "its certificate \(leaf.serialText) was revoked at 2027-01-14T12:00:00Z")
    _ = try await authority.trust(list).client([authority.leaf().der()], now: noon)
  }

  @Test func anExpiredListTrustsNobody() async throws {
    let trust = try authority.trust(authority.list())
    let failure = try await refuse([authority.leaf()], by: trust, now: noon + 90 * day + 1)
    #expect(failure.cause == "the revocation list of Test authority has expired at 2027-04-15T12:00:00Z")
    #expect(failure.remedy.hasPrefix("make a new one: vmsupervisor tls refresh"))
    let early = try await refuse([authority.leaf(now: noon - 10 * day)], by: trust, now: noon - day)
    #expect(
      early.cause
        == "the revocation list of Test authority is of 2027-01-15T11:55:00Z, and here it is 2027-01-14T12:00:00Z")
  }

  @Test func theNewestListCounts() async throws {
    let leaf = try authority.leaf()
    let old = try authority.list(number: [0xff])
    let new = try authority.list([leaf.serialText: noon], number: [1, 0])
    for text in [old.pem + new.pem, new.pem + old.pem] {
      let failure = try await refuse([leaf], by: Trust(authorities: authority.pem, revoked: text))
      #expect(failure.cause.contains("was revoked at"))
    }
  }

  @Test func theWrongUsage() async throws {
    let server = try authority.leaf(subject: alice) { try ExtendedKeyUsage([.serverAuth]) }
    let failure = try await refuse([server])
    #expect(
      failure.cause
        == "its certificate is not for clients: its extended key usage is serverAuth, clientAuth is needed")
    #expect(failure.remedy == "make one for clients: vmsupervisor tls issue")
    let none = try authority.leaf(subject: alice) { role("operator") }
    #expect(try await refuse([none]).cause.contains("its extended key usage is not there"))
    let cipher = try authority.leaf(subject: alice) {
      try ExtendedKeyUsage([.clientAuth])
      Critical(KeyUsage(keyEncipherment: true))
    }
    #expect(try await refuse([cipher]).cause == "its certificate's key is not for signatures (keyUsage)")
  }

  @Test func aClientIsNoServer() async throws {
    let (leaf, trust) = (try authority.leaf(), try authority.trust())
    let failure = await refusal { try await trust.server([leaf.der()], host: "node1", now: noon) }
    #expect(
      failure?.cause
        == "its certificate is not for servers: its extended key usage is clientAuth, serverAuth is needed")
    #expect(failure?.object == "node1")
  }

  @Test func noRoleOrSeveral() async throws {
    let none = try authority.leaf(subject: alice) { try ExtendedKeyUsage([.clientAuth]) }
    let roleless = try await refuse([none])
    #expect(
      "\(roleless)" == """
        cannot accept client alice: its certificate says no role: a URI urn:procurator:role:ROLE, or an organizational unit \
        that is control-plane, node, operator or read-only; make one with a role: vmsupervisor tls issue ROLE NAME
        """)
    let two = try authority.leaf(subject: alice) {
      try ExtendedKeyUsage([.clientAuth])
      role("operator", "read-only", "operator")
    }
    #expect(try await refuse([two]).cause == "its certificate says several roles: operator and read-only")
    let odd = try authority.leaf(subject: alice) {
      try ExtendedKeyUsage([.clientAuth])
      role("admin\u{7}")
    }
    #expect(
      try await refuse([odd]).cause
        == "its certificate says the role admin^G, and there are control-plane, node, operator or read-only")
  }

  @Test func noName() async throws {
    let unnamed = try authority.leaf(subject: DistinguishedName { OrganizationalUnitName("node") }) {
      try ExtendedKeyUsage([.clientAuth])
    }
    #expect(try await refuse([unnamed]).cause == "its certificate's subject has no common name")
    let long = try authority.leaf(subject: DistinguishedName { CommonName(String(repeating: "a", count: 65)) }) {
      try ExtendedKeyUsage([.clientAuth])
    }
    #expect(try await refuse([long]).cause == "its certificate's common name has more than 64 characters")
  }

  @Test func anAuthorityIsNobody() async throws {
    #expect(try await refuse([authority.own.certificate]).cause == "its certificate is that of an authority")
  }

  @Test func whoIsNoAuthoritySignsNobody() async throws {
    let key = P256.Signing.PrivateKey()
    let middle = try authority.leaf(
      subject: DistinguishedName { CommonName("middle") }, key: Certificate.PrivateKey(key).publicKey
    ) {
      try ExtendedKeyUsage([.clientAuth])
      role("operator")
    }
    let leaf = try Certificate(
      version: .v3, serialNumber: SerialText.random(), publicKey: middle.publicKey, notValidBefore: noon,
      notValidAfter: noon + day, issuer: middle.subject, subject: alice,
      extensions: try Certificate.Extensions {
        try ExtendedKeyUsage([.clientAuth])
        role("control-plane")
      }, issuerPrivateKey: Certificate.PrivateKey(key))
    let failure = try await refuse([leaf, middle])
    #expect(failure.cause == "the certificate of its authority middle is none of an authority (basicConstraints)")
  }

  @Test func criticalExtensionsThatNobodyKnows() async throws {
    let odd = try authority.leaf(subject: alice) {
      try ExtendedKeyUsage([.clientAuth])
      Certificate.Extension(oid: [1, 2, 3, 4], critical: true, value: [5, 0])
    }
    #expect(
      try await refuse([odd]).cause == "its certificate has the critical extension 1.2.3.4, which is not known here")
  }

  @Test func nothingAndTooMuch() async throws {
    let leaf = try authority.leaf()
    #expect(try await refuse([]).cause == "it presents no certificate")
    #expect(
      try await refuse(Array(repeating: leaf, count: 6)).cause == "it presents more than 5 certificates")
    let trust = try authority.trust()
    let failure = await refusal {
      _ = try await trust.client([[UInt8](repeating: 0x30, count: Certificate.longest + 1)], now: noon)
    }
    #expect(failure?.cause == "it presents a certificate that cannot be used: it is longer than 32 KiB")
  }

  @Test func whatAuthoritiesMayBe() async throws {
    let (pem, leaf, list) = (try authority.pem, try authority.leaf().pem(), try authority.list().pem)
    let other = try TestAuthority("Elsewhere").list().pem
    let cases: [(String, String?, String)] = [
      ("", nil, "there is none in it"), ("hello", nil, "there is none in it"),
      (leaf, nil, "alice is none (basicConstraints)"),
      (list, nil, "it holds X509 CRL, and may hold CERTIFICATE only"),
      (pem, "hello", "there is none in it"), (pem, pem, "it holds CERTIFICATE, and may hold X509 CRL only"),
      (pem, other, "it says that it is of Elsewhere, and none of the authorities has signed it"),
      (pem, list + "-----BEGIN X509 CRL----- \n", "it is damaged: a block of PEM begins and is none"),
      (pem, String(list.dropLast(30)), "it is damaged: a block of PEM has no proper begin, base64 or end"),
    ]
    for (authorities, revoked, cause) in cases {
      let failure = await refusal { _ = try Trust(authorities: authorities, revoked: revoked) }
      #expect(failure?.cause == cause)
      #expect(failure?.code == .invalid)
    }
    #expect(try Trust(authorities: pem, revoked: " \n").lists.isEmpty)
    #expect(try Trust(authorities: "# ours\n" + pem + pem, revoked: "a note\n" + list).lists.count == 1)
  }
}
