import FoundationEssentials
import SwiftASN1
import X509

extension ASN1ObjectIdentifier {
  /// RFC 5280, section 5.2.3.
  static let revocationListNumber: ASN1ObjectIdentifier = [2, 5, 29, 20]
  /// RFC 5280, section 5.3.1.
  fileprivate static let revocationReason: ASN1ObjectIdentifier = [2, 5, 29, 21]
  /// RFC 5280, section 5.3.2.
  fileprivate static let invalidityDate: ASN1ObjectIdentifier = [2, 5, 29, 24]
}

/// What is signed of a list (TBSCertList, RFC 5280, section 5.1), with the algorithm that it names.
struct RevocationListContent: Hashable, Sendable {
  var list: RevocationList
  var signature: SignatureIdentifier

  /// Extensions that change what a list or an entry means, and are obeyed or say nothing new.
  private static let knownOfList: Set<ASN1ObjectIdentifier> = [
    .X509ExtensionID.authorityKeyIdentifier, .revocationListNumber,
  ]
  private static let knownOfEntry: Set<ASN1ObjectIdentifier> = [.revocationReason, .invalidityDate]
}

extension RevocationListContent: DERParseable {
  init(derEncoded node: ASN1Node) throws {
    self = try DER.sequence(node, identifier: .sequence) { nodes in
      let version: Int? = try DER.optionalImplicitlyTagged(&nodes)
      guard version == nil || version == 1 else { throw Objection("it is a list of version \((version ?? 0) &+ 1)") }
      let signature = try SignatureIdentifier(derEncoded: &nodes)
      guard let issuer = nodes.next() else { throw ASN1Error.invalidASN1Object(reason: "no issuer") }
      let begins = try CertificateTime(derEncoded: &nodes)
      let ends = try Self.optional(&nodes, CertificateTime.identifiers) { try CertificateTime(derEncoded: $0) }
      guard let ends else {
        throw Objection(
          "it does not say when there must be a new one (nextUpdate; RFC 5280, section 5.1.2.5)",
          remedy: "make it with an end: openssl ca -gencrl -crldays 90")
      }
      let revoked = try Self.optional(&nodes, [.sequence]) { try Self.entries($0, areExtended: version == 1) }
      let extensions = try DER.optionalExplicitlyTagged(&nodes, tagNumber: 0, tagClass: .contextSpecific) {
        try Self.extensions($0, of: "the list", known: Self.knownOfList)
      }
      guard extensions == nil || version == 1 else { throw Objection("it is of version 1 and has extensions") }
      let number = try extensions?[oid: .revocationListNumber].map { try ArraySlice<UInt8>(derEncoded: $0.value) }
      return RevocationListContent(
        list: RevocationList(
          issuer: try DistinguishedName(derEncoded: issuer),
          authorityKey: try extensions?.authorityKeyIdentifier?.keyIdentifier, number: number.map { Array($0) },
          begins: begins.date, ends: ends.date, revoked: revoked ?? [:]),
        signature: signature)
    }
  }

  /// The next node if it is of one of these kinds.
  private static func optional<R>(
    _ nodes: inout ASN1NodeCollection.Iterator, _ identifiers: Set<ASN1Identifier>, _ body: (ASN1Node) throws -> R
  ) throws -> R? {
    var ahead = nodes
    guard let node = ahead.next(), identifiers.contains(node.identifier) else { return nil }
    nodes = ahead
    return try body(node)
  }

  private static func entries(_ node: ASN1Node, areExtended: Bool) throws -> [String: Date] {
    guard case .constructed(let entries) = node.content else {
      throw ASN1Error.invalidASN1Object(reason: "entries")
    }
    var revoked: [String: Date] = [:]
    for entry in entries {
      try DER.sequence(entry, identifier: .sequence) { nodes in
        let serial = SerialText.text(try ArraySlice<UInt8>(derEncoded: &nodes))
        let date = try CertificateTime(derEncoded: &nodes).date
        if areExtended, let node = nodes.next() {
          _ = try extensions(node, of: "its entry for \(serial)", known: knownOfEntry)
        }
        revoked[serial] = min(date, revoked[serial] ?? date)
      }
    }
    return revoked
  }

  /// RFC 5280, section 5.2: whoever does not know a critical extension must not use the list.
  private static func extensions(_ node: ASN1Node, of what: String, known: Set<ASN1ObjectIdentifier>) throws
    -> Certificate.Extensions
  {
    let all = try Certificate.Extensions(
      DER.sequence(of: Certificate.Extension.self, identifier: .sequence, rootNode: node))
    if let unknown = all.first(where: { $0.critical && !known.contains($0.oid) }) {
      throw Objection(
        "\(what) has the critical extension \(unknown.oid), which is not known here",
        remedy: "make a complete list of one authority, without it")
    }
    return all
  }
}

extension RevocationListContent: DERSerializable {
  func serialize(into coder: inout DER.Serializer) throws {
    try coder.appendConstructedNode(identifier: .sequence) { coder in
      // Version 2.
      try coder.serialize(1)
      try coder.serialize(signature)
      try coder.serialize(list.issuer)
      try coder.serialize(CertificateTime(list.begins))
      try coder.serialize(CertificateTime(list.ends))
      if !list.revoked.isEmpty {
        try coder.appendConstructedNode(identifier: .sequence) { try serializeEntries(into: &$0) }
      }
      var extensions = Certificate.Extensions()
      if let key = list.authorityKey {
        try extensions.append(Certificate.Extension(AuthorityKeyIdentifier(keyIdentifier: key), critical: false))
      }
      var number = DER.Serializer()
      try number.serialize(ArraySlice(list.number ?? [1]))
      try extensions.append(
        Certificate.Extension(oid: .revocationListNumber, critical: false, value: number.serializedBytes[...]))
      try coder.serialize(explicitlyTaggedWithTagNumber: 0, tagClass: .contextSpecific) { coder in
        try coder.serializeSequenceOf(extensions)
      }
    }
  }

  private func serializeEntries(into coder: inout DER.Serializer) throws {
    for (serial, date) in list.revoked.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
      guard let bytes = SerialText.bytes(serial) else { throw ASN1Error.invalidASN1Object(reason: serial) }
      try coder.appendConstructedNode(identifier: .sequence) { coder in
        try coder.serialize(bytes[...])
        try coder.serialize(CertificateTime(date))
      }
    }
  }
}
