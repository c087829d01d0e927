import Failure
import Foundation
import Seeded
import Testing
import X509

@testable import Certificates

/// Foreign bytes, whatever they are, are refused or understood; nothing ends the process.
@Suite struct MutilationTests {
  private func mutilated(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: bytes.indices, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0, 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: bytes[place] = UInt8.random(in: 0 ... .max, using: &random)
      default: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...4, using: &random)))
      }
    }
    return bytes
  }

  @Test func certificates() async throws {
    var random = SeededRandom("MutilationTests.certificates")
    let authority = try TestAuthority()
    let leaf = try authority.leaf(.node, "node1", hosts: ["node1", "192.0.2.1", "2001:db8::1"])
    let (der, own) = (try leaf.der(), try authority.own.certificate.der())
    let trust = try authority.trust(authority.list())
    for _ in 0..<1000 {
      let bytes = mutilated(der, &random)
      if let read = try? Certificate.read(bytes) { _ = try? CertificateFacts(read) }
      // Whoever is let in has not changed anything that was signed.
      if bytes != der, let identity = try? await trust.client([bytes], now: noon) {
        #expect(identity.name == "node1")
        #expect(try Certificate.read(bytes).tbsCertificateBytes == leaf.tbsCertificateBytes)
      }
      try? await trust.server([der, mutilated(own, &random)], host: "192.0.2.1", now: noon)
    }
  }

  @Test func lists() throws {
    var random = SeededRandom("MutilationTests.lists")
    let authority = try TestAuthority()
    let list = try authority.list([SerialText.text(SerialText.random(&random).bytes): noon, "07": noon - day])
    for _ in 0..<3000 {
      guard let read = try? SignedRevocationList(der: mutilated(Array(list.der), &random)) else { continue }
      _ = RevocationListFacts(read.list)
      if read.isSigned(by: authority.own.certificate) { #expect(read.list == list.list) }
    }
  }

  @Test func texts() throws {
    var random = SeededRandom("MutilationTests.texts")
    let authority = try TestAuthority()
    let (pem, list) = (try authority.pem, try authority.list().pem)
    for _ in 0..<1000 {
      let text = String(decoding: mutilated(Array(pem.utf8), &random), as: UTF8.self)
      let other = String(decoding: mutilated(Array(list.utf8), &random), as: UTF8.self)
      _ = try? Trust(authorities: text, revoked: nil)
      // A list that is damaged is no empty list.
      if let trust = try? Trust(authorities: pem, revoked: other) { #expect(trust.lists.count == 1) }
    }
  }

  /// Bytes of times that pass the library and would trap in its dates.
  @Test(arguments: ["270115120061Z", "270115120060Z", "271315120000Z", "270230120000Z", "27011512000Z"])
  func times(text: String) throws {
    let der = try TestAuthority().leaf().der()
    let from = Array("270115115500Z".utf8)
    let place = try #require((0..<der.count - from.count).first { der[$0..<$0 + from.count].elementsEqual(from) })
    var bytes = der
    for (offset, byte) in text.utf8.enumerated() { bytes[place + offset] = byte }
    #expect(throws: Objection("it is damaged, or no X.509 certificate")) { try Certificate.read(bytes) }
  }
}
