import Crypto
import Failure
import Foundation
import Seeded
import SwiftASN1
import Testing
import X509

@testable import Certificates

@Suite struct RevocationListTests {
  @Test func whatIsWrittenIsRead() throws {
    var random = SeededRandom("RevocationListTests.whatIsWrittenIsRead")
    let authority = try TestAuthority()
    for _ in 0..<100 {
      var revoked: [String: Date] = [:]
      for _ in 0..<Int.random(in: 0...20, using: &random) {
        let bytes = (0..<Int.random(in: 1...20, using: &random)).map { _ in UInt8.random(in: 0 ... .max, using: &random)
        }
        // Beyond 2049 times are written in another way.
        let seconds = Double(Int.random(in: 0...4_000_000_000, using: &random))
        revoked[SerialText.text(Array(bytes.drop { $0 == 0 }))] = Date(timeIntervalSince1970: seconds)
      }
      let number = (0..<Int.random(in: 1...20, using: &random)).map { _ in UInt8.random(in: 1 ... .max, using: &random)
      }
      let list = try authority.list(revoked, number: number)
      let read = try SignedRevocationList(der: Array(list.der))
      #expect(read == list)
      #expect(read.list.revoked == revoked)
      #expect(read.isSigned(by: authority.own.certificate))
      #expect(try !read.isSigned(by: TestAuthority().own.certificate))
    }
  }

  @Test func serialsAreRandomAndPositive() {
    var random = SeededRandom("RevocationListTests.serialsAreRandomAndPositive")
    var seen: Set<String> = []
    for _ in 0..<1000 {
      let serial = SerialText.random(&random)
      #expect(serial.bytes.count == 20)
      #expect((1...0x7f).contains(serial.bytes.first ?? 0))
      let text = SerialText.text(serial.bytes)
      #expect(seen.insert(text).inserted)
      #expect(SerialText.bytes(text) == Array(serial.bytes))
    }
    #expect(SerialText.canonical("0A:0b:FF") == "0a0bff")
    #expect(SerialText.canonical("00 0A") == "0a")
    #expect(SerialText.canonical("alice") == nil)
    #expect(SerialText.canonical("abc") == nil)
  }

  @Test func numbersRise() {
    func list(_ number: [UInt8]?, _ begins: Date = noon) -> RevocationList {
      RevocationList(issuer: DistinguishedName(), number: number, begins: begins, ends: noon, revoked: [:])
    }
    #expect(list(nil).nextNumber == [1])
    #expect(list([1]).nextNumber == [2])
    #expect(list([0xff]).nextNumber == [1, 0])
    #expect(list([1, 0xff, 0xff]).nextNumber == [2, 0, 0])
    #expect(list([1, 0]).isNewer(than: list([0xff])))
    #expect(list([2]).isNewer(than: list([1], noon + 1)))
    #expect(list([2], noon + 1).isNewer(than: list([2])))
    #expect(!list([2]).isNewer(than: list([2])))
  }

  /// Lists that say more than is understood here are not used, rather than half understood.
  @Test func strangeListsAreRefused() throws {
    let authority = try TestAuthority()
    func list(
      version: Int? = 1, ends: Bool = true, entry: Certificate.Extension? = nil, whole: Certificate.Extension? = nil,
      algorithm: ASN1ObjectIdentifier = [1, 2, 840, 10045, 4, 3, 2]
    ) throws -> [UInt8] {
      var coder = DER.Serializer()
      try coder.appendConstructedNode(identifier: .sequence) { coder in
        try coder.appendConstructedNode(identifier: .sequence) { coder in
          if let version { try coder.serialize(version) }
          try coder.appendConstructedNode(identifier: .sequence) { try $0.serialize(algorithm) }
          try coder.serialize(authority.own.certificate.subject)
          try coder.serialize(CertificateTime(noon))
          if ends { try coder.serialize(CertificateTime(noon + day)) }
          try coder.appendConstructedNode(identifier: .sequence) { coder in
            try coder.appendConstructedNode(identifier: .sequence) { coder in
              try coder.serialize(7)
              try coder.serialize(CertificateTime(noon))
              if let entry { try coder.appendConstructedNode(identifier: .sequence) { try $0.serialize(entry) } }
            }
          }
          if let whole {
            try coder.serialize(explicitlyTaggedWithTagNumber: 0, tagClass: .contextSpecific) { coder in
              try coder.appendConstructedNode(identifier: .sequence) { try $0.serialize(whole) }
            }
          }
        }
        try coder.appendConstructedNode(identifier: .sequence) { try $0.serialize(algorithm) }
        try coder.serialize(ASN1BitString(bytes: [1, 2, 3]))
      }
      return coder.serializedBytes
    }
    func cause(_ der: [UInt8]) -> String? {
      do throws(Objection) {
        _ = try SignedRevocationList(der: der)
        return nil
      } catch {
        return error.cause
      }
    }
    func odd(_ critical: Bool) -> Certificate.Extension {
      Certificate.Extension(oid: [2, 5, 29, 28], critical: critical, value: [0x30, 0])
    }
    let reason = Certificate.Extension(oid: [2, 5, 29, 21], critical: true, value: [0x0a, 1, 1])
    #expect(try cause(list(entry: reason, whole: odd(false))) == nil)
    #expect(try SignedRevocationList(der: list()).list.revoked == ["07": noon])
    #expect(try !SignedRevocationList(der: list()).isSigned(by: authority.own.certificate))
    #expect(
      try cause(list(whole: odd(true))) == "the list has the critical extension 2.5.29.28, which is not known here")
    #expect(
      try cause(list(entry: odd(true)))
        == "its entry for 07 has the critical extension 2.5.29.28, which is not known here")
    #expect(try cause(list(ends: false))?.hasPrefix("it does not say when there must be a new one") == true)
    #expect(try cause(list(version: 2)) == "it is a list of version 3")
    #expect(try cause(list(version: nil, whole: odd(false))) == "it is of version 1 and has extensions")
    #expect(
      try cause(list(algorithm: [1, 2, 840, 113549, 1, 1, 5]))?.hasPrefix("it is signed in a way that is not known")
        == true)
    #expect(cause([0x30, 0]) == "it is damaged, or no list of version 1 or 2 (RFC 5280, section 5.1)")
  }

  @Test func aLongListIsReadAtOnce() throws {
    let authority = try TestAuthority()
    var random = SystemRandomNumberGenerator()
    var revoked: [String: Date] = [:]
    for _ in 0..<2000 { revoked[SerialText.text(SerialText.random(&random).bytes)] = noon }
    let list = try authority.list(revoked)
    let read = try PEM.documents(list.pem, only: PEM.revocationList).map { try SignedRevocationList(der: $0.derBytes) }
    #expect(read == [list])
  }
}
