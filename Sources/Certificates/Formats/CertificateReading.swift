import FoundationEssentials
import SwiftASN1
import Text
import X509

extension Certificate {
  /// Longest certificate, bytes of DER. One with a hundred names of hosts has about 4000.
  static let longest = 32 << 10

  /// Reads one from foreign bytes.
  static func read(_ der: [UInt8]) throws(Objection) -> Certificate {
    guard der.count <= longest else { throw Objection("it is longer than \(longest >> 10) KiB") }
    do {
      let certificate = try Certificate(derEncoded: der)
      // Its own dates trap, in builds for tests, on a second that no minute has.
      _ = try certificate.lifetime()
      return certificate
    } catch let error as CertificateError where Self.isUnsupported(error) {
      throw Objection(
        "its key or its signature is of a kind that is not known here",
        remedy: "ECDSA (P-256, P-384, P-521), RSA and Ed25519 are known")
    } catch {
      throw Objection("it is damaged, or no X.509 certificate")
    }
  }

  private static func isUnsupported(_ error: CertificateError) -> Bool {
    [.unsupportedPublicKeyAlgorithm, .unsupportedSignatureAlgorithm].contains(error.code)
  }

  /// From when until when it holds, both included.
  func lifetime() throws -> (begins: Date, ends: Date) {
    guard case .constructed(let fields) = try DER.parse(tbsCertificateBytes).content else {
      throw ASN1Error.invalidASN1Object(reason: "certificate")
    }
    // Serial number, algorithm and issuer stand before it, and in all but version 1 the version.
    let version = ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific)
    let all = Array(fields)
    let place = all.first?.identifier == version ? 4 : 3
    guard all.indices.contains(place) else { throw ASN1Error.invalidASN1Object(reason: "validity") }
    return try DER.sequence(all[place], identifier: .sequence) { nodes in
      (try CertificateTime(derEncoded: &nodes).date, try CertificateTime(derEncoded: &nodes).date)
    }
  }

  /// The serial number.
  var serialText: String { SerialText.text(serialNumber.bytes) }

  /// Whether it may sign others.
  var isAuthority: Bool {
    if case .isCertificateAuthority? = try? extensions.basicConstraints { true } else { false }
  }

  /// All of it.
  func der() throws(Objection) -> [UInt8] {
    try Objection.of("it cannot be written") {
      var coder = DER.Serializer()
      try coder.serialize(self)
      return coder.serializedBytes
    }
  }

  /// As text.
  func pem() throws(Objection) -> String { PEM.text(PEM.certificate, try der()) }

  /// The only certificate of a text.
  static func one(in text: String) throws(Objection) -> Certificate {
    let documents = try PEM.documents(text, only: PEM.certificate)
    guard let only = documents.first, documents.count == 1 else {
      throw Objection("it holds \(documents.count) certificates, and should hold one")
    }
    return try read(only.derBytes)
  }
}

extension DistinguishedName {
  /// The last common name: names go from the general to the particular.
  var commonName: String? { texts(.RDNAttributeType.commonName).last }

  /// The values of one kind that are texts, in their order.
  func texts(_ kind: ASN1ObjectIdentifier) -> [String] {
    flatMap { $0 }.filter { $0.type == kind }.compactMap { String($0.value) }
  }

  /// Whose name it is, for people: the common name, or all of it.
  var words: String {
    let text = HarmlessText.line(commonName ?? description)
    return text.isEmpty ? "without a name" : text
  }
}
