import FoundationEssentials
import SwiftASN1
import Text

/// Texts that hold certificates and lists (RFC 7468).
enum PEM {
  /// Longest text, bytes: a list of a hundred thousand revoked certificates.
  static let longest = 6 << 20

  static let certificate = "CERTIFICATE"
  static let revocationList = "X509 CRL"

  /// What a text holds, in its order. Text around it is left out.
  ///
  /// - Throws: for a beginning that is no document: what is overlooked in a list of what was revoked would be trusted.
  static func documents(_ text: String) throws(Objection) -> [PEMDocument] {
    guard text.utf8.count <= longest else { throw Objection("it is longer than \(longest >> 20) MiB") }
    let documents = try Objection.of("it is damaged: a block of PEM has no proper begin, base64 or end") {
      try PEMDocument.parseMultiple(pemString: text)
    }
    let begun = text.utf8.split(separator: UInt8(ascii: "\n")).count { $0.starts(with: "-----BEGIN".utf8) }
    guard begun == documents.count else {
      throw Objection("it is damaged: a block of PEM begins and is none")
    }
    return documents
  }

  /// The same, all of them of one kind.
  static func documents(_ text: String, only kind: String) throws(Objection) -> [PEMDocument] {
    let all = try Self.documents(text)
    if let other = all.first(where: { $0.discriminator != kind }) {
      throw Objection("it holds \(HarmlessText.line(other.discriminator)), and may hold \(kind) only")
    }
    return all
  }

  /// The text of one document, the last line ended.
  static func text(_ kind: String, _ der: some Sequence<UInt8>) -> String {
    let body = Data(der).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
    return "-----BEGIN \(kind)-----\n\(body)\n-----END \(kind)-----\n"
  }
}
