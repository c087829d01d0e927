import Access
import Failure
import Foundation
import SwiftASN1
import Testing
import X509

@testable import Certificates

@Suite struct TrustTests {
  let authority: TestAuthority

  init() throws { authority = try TestAuthority() }

  @Test(arguments: Role.allCases) func rolesAreTold(role: Role) async throws {
    let leaf = try authority.leaf(role, "host 7")
    let identity = try await authority.trust(authority.list()).client([leaf.der()], now: noon)
    #expect(identity == Identity(name: "host 7", role: role, serial: leaf.serialText))
    #expect(identity.serial.count == 40)
  }

  @Test(arguments: Role.allCases) func theUnitIsTheRoleOfWhoHasNoURI(role: Role) async throws {
    let leaf = try authority.leaf(
      subject: DistinguishedName {
        OrganizationalUnitName("Computing")
        OrganizationalUnitName(role.rawValue)
        CommonName("old")
        CommonName("bob")
      }
    ) { try ExtendedKeyUsage([.clientAuth]) }
    let identity = try await authority.trust().client([leaf.der()], now: noon)
    #expect(identity.role == role)
    #expect(identity.name == "bob")
  }

  @Test func namesCannotSteerATerminal() async throws {
    let identity = try await authority.trust().client([authority.leaf(.node, "a\u{1b}[2Jb").der()], now: noon)
    #expect(identity.name == "a\\e[2Jb")
  }

  @Test func theChainMayHaveItsRoot() async throws {
    let chain = [try authority.leaf().der(), try authority.own.certificate.der()]
    #expect(try await authority.trust().client(chain, now: noon).name == "alice")
  }

  @Test(arguments: [
    ("node1.example.org", true), ("NODE1.example.org.", true), ("192.0.2.7", true), ("2001:db8::7", true),
    ("[2001:DB8:0::7]", true), ("node2.example.org", false), ("192.0.2.8", false), ("2001:db8::8", false),
    ("example.org", false), ("xnode1.example.org", false),
  ])
  func serversAreKnownByTheirNames(host: String, isGood: Bool) async throws {
    let leaf = try authority.leaf(.node, "node1", hosts: ["Node1.Example.ORG", "192.0.2.7", "2001:db8::7"])
    let trust = try authority.trust(authority.list())
    if isGood { return try await trust.server([leaf.der()], host: host, now: noon) }
    let failure = await refusal { try await trust.server([leaf.der()], host: host, now: noon) }
    #expect(failure?.code == .denied)
    #expect(
      failure?.cause.hasPrefix("its certificate is for node1.example.org, 192.0.2.7, 2001:db8::7, not for ") == true)
  }

  @Test(arguments: [
    ("a.example.org", true), ("example.org", false), ("a.b.example.org", false), ("localhost.", false),
    ("xa.example.org", true), ("fa.example.net", false),
  ])
  func aStarIsOneWholeLabel(host: String, isGood: Bool) async throws {
    let names = SubjectAlternativeNames([.dnsName("*.example.org"), .dnsName("f*.example.net"), .dnsName("*")])
    let leaf = try authority.leaf(subject: DistinguishedName { CommonName("localhost") }) {
      try ExtendedKeyUsage([.serverAuth])
      names
    }
    let trust = try authority.trust()
    if isGood { return try await trust.server([leaf.der()], host: host, now: noon) }
    #expect(await refusal { try await trust.server([leaf.der()], host: host, now: noon) }?.code == .denied)
  }

  @Test func aCommonNameIsNoHost() async throws {
    let leaf = try authority.leaf(subject: DistinguishedName { CommonName("node1") }) {
      try ExtendedKeyUsage([.serverAuth])
    }
    let trust = try authority.trust()
    let failure = await refusal { try await trust.server([leaf.der()], host: "node1", now: noon) }
    #expect(failure?.cause == "its certificate is for no host by name, not for node1")
  }

  @Test(arguments: ["", "*.example.org", "no host", "a/b", "192.0.2.7:9443"])
  func whatIsNoHostIsInvalid(host: String) async throws {
    let trust = try authority.trust()
    let leaf = try authority.leaf(.node, hosts: ["node1"])
    #expect(await refusal { try await trust.server([leaf.der()], host: host, now: noon) }?.code == .invalid)
  }
}
