import FoundationEssentials
import SwiftASN1
import X509

/// A list with its signature (CertificateList, RFC 5280, section 5.1).
struct SignedRevocationList: Hashable, Sendable {
  let list: RevocationList
  let algorithm: Certificate.SignatureAlgorithm
  /// What was signed.
  let content: ArraySlice<UInt8>
  let signature: ArraySlice<UInt8>
  /// All of it.
  let der: ArraySlice<UInt8>

  /// Reads one. Whether the signature is somebody's is another question.
  init(der: [UInt8]) throws(Objection) {
    self = try Objection.of("it is damaged, or no list of version 1 or 2 (RFC 5280, section 5.1)") {
      let root = try DER.parse(der)
      return try DER.sequence(root, identifier: .sequence) { nodes in
        guard let content = nodes.next(), let outer = nodes.next(), let signature = nodes.next() else {
          throw ASN1Error.invalidASN1Object(reason: "three parts")
        }
        let parsed = try RevocationListContent(derEncoded: content)
        // RFC 5280, section 5.1.1.2.
        guard try SignatureIdentifier(derEncoded: outer) == parsed.signature else {
          throw Objection("it names two ways of signing")
        }
        let bits = try ASN1BitString(derEncoded: signature)
        guard bits.paddingBits == 0 else { throw ASN1Error.invalidASN1Object(reason: "signature") }
        return SignedRevocationList(
          parsed, content: content.encodedBytes, signature: bits.bytes, der: root.encodedBytes)
      }
    }
  }

  /// The only list of a text.
  static func one(in text: String) throws(Objection) -> SignedRevocationList {
    let documents = try PEM.documents(text, only: PEM.revocationList)
    guard let only = documents.first, documents.count == 1 else {
      throw Objection("it holds \(documents.count) lists, and should hold one")
    }
    return try SignedRevocationList(der: only.derBytes)
  }

  /// Signs a list.
  init(_ list: RevocationList, key: Certificate.PrivateKey) throws(Objection) {
    self = try Objection.of("it cannot be signed with the authority's key") {
      let unsigned = RevocationListContent(list: list, signature: SignatureIdentifier(for: key))
      var content = DER.Serializer()
      try content.serialize(unsigned)
      let algorithm = unsigned.signature.algorithm
      let signature = try key.sign(bytes: content.serializedBytes, signatureAlgorithm: algorithm).rawRepresentation
      var whole = DER.Serializer()
      try whole.appendConstructedNode(identifier: .sequence) { coder in
        coder.serializeRawBytes(content.serializedBytes)
        try coder.serialize(unsigned.signature)
        try coder.serialize(ASN1BitString(bytes: signature[...]))
      }
      return SignedRevocationList(
        unsigned, content: content.serializedBytes[...], signature: signature[...], der: whole.serializedBytes[...])
    }
  }

  private init(
    _ unsigned: RevocationListContent, content: ArraySlice<UInt8>, signature: ArraySlice<UInt8>, der: ArraySlice<UInt8>
  ) {
    list = unsigned.list
    algorithm = unsigned.signature.algorithm
    (self.content, self.signature, self.der) = (content, signature, der)
  }

  /// Whether an authority has made it, and may make lists (RFC 5280, sections 4.2.1.3 and 6.3.3 (f)).
  func isSigned(by authority: Certificate) -> Bool {
    guard list.issuer == authority.subject, let usage = try? authority.extensions.keyUsage.map(\.cRLSign) ?? true,
      usage
    else { return false }
    let own = try? authority.extensions.subjectKeyIdentifier
    if let named = list.authorityKey, let own, named != own.keyIdentifier { return false }
    return authority.publicKey.isValidSignature(signature, for: content, signatureAlgorithm: algorithm)
  }

  /// As text.
  var pem: String { PEM.text(PEM.revocationList, der) }
}
