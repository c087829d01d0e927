import SwiftASN1
import X509

/// How a list is signed (AlgorithmIdentifier, RFC 5280, section 4.1.1.2; RFC 5758, RFC 4055, RFC 8410).
struct SignatureIdentifier: Hashable, Sendable {
  let algorithm: Certificate.SignatureAlgorithm

  /// What is known, and whether NULL stands behind its identifier. SHA-1 is not: signatures with it can be made up.
  private static let known: [(id: ASN1ObjectIdentifier, algorithm: Certificate.SignatureAlgorithm, hasNull: Bool)] = [
    ([1, 2, 840, 10045, 4, 3, 2], .ecdsaWithSHA256, false),
    ([1, 2, 840, 10045, 4, 3, 3], .ecdsaWithSHA384, false),
    ([1, 2, 840, 10045, 4, 3, 4], .ecdsaWithSHA512, false),
    ([1, 2, 840, 113549, 1, 1, 11], .sha256WithRSAEncryption, true),
    ([1, 2, 840, 113549, 1, 1, 12], .sha384WithRSAEncryption, true),
    ([1, 2, 840, 113549, 1, 1, 13], .sha512WithRSAEncryption, true),
    ([1, 3, 101, 112], .ed25519, false),
  ]

  init(_ algorithm: Certificate.SignatureAlgorithm) { self.algorithm = algorithm }

  /// What a key signs with here.
  init(for key: Certificate.PrivateKey) {
    let usual: [Certificate.SignatureAlgorithm] = [.ecdsaWithSHA256, .sha256WithRSAEncryption, .ed25519]
    let able = key.supportedSignatureAlgorithms
    algorithm = usual.first { able.contains($0) } ?? .ecdsaWithSHA256
  }
}

extension SignatureIdentifier: DERParseable, DERSerializable {
  init(derEncoded node: ASN1Node) throws {
    algorithm = try DER.sequence(node, identifier: .sequence) { nodes in
      let id = try ASN1ObjectIdentifier(derEncoded: &nodes)
      guard let known = Self.known.first(where: { $0.id == id }) else {
        throw Objection(
          "it is signed in a way that is not known here (\(id))",
          remedy: "sign it with ECDSA, RSA or Ed25519 and SHA-256 or better")
      }
      // RFC 4055, section 5: also without NULL.
      if known.hasNull, let null = nodes.next() { _ = try ASN1Null(derEncoded: null) }
      return known.algorithm
    }
  }

  func serialize(into coder: inout DER.Serializer) throws {
    guard let known = Self.known.first(where: { $0.algorithm == algorithm }) else {
      throw ASN1Error.invalidASN1Object(reason: "\(algorithm)")
    }
    try coder.appendConstructedNode(identifier: .sequence) { coder in
      try coder.serialize(known.id)
      if known.hasNull { try coder.serialize(ASN1Null()) }
    }
  }
}
