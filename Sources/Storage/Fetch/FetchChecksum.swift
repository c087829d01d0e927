package import Failure

/// What a file has to be, by its digest.
package struct FetchChecksum: Codable, Hashable, Sendable {
  package enum Kind: String, Codable, CaseIterable, Sendable {
    case sha256, sha512
    /// Hexadecimal digits.
    var digits: Int { self == .sha256 ? 64 : 128 }
  }

  package let kind: Kind
  /// Small letters.
  package let hex: String

  /// nil if none is asked for.
  /// - Parameter type: empty is the one that has so many digits.
  package static func parse(_ text: String, type: String, _ operation: String) throws(Failure) -> FetchChecksum? {
    func refusal(_ field: String, _ cause: String, _ remedy: String) -> Failure {
      Failure(.invalid, part: .image, operation: operation, object: field, cause: cause, remedy: remedy)
    }
    let name = type.lowercased().filter { $0 != "-" && $0 != "_" }
    if text.isEmpty {
      if name.isEmpty { return nil }
      throw refusal("checksum", "it is empty, and checksum_type is not", "send both, or neither")
    }
    let hex = text.lowercased()
    guard hex.allSatisfy(\.isHexDigit), hex.utf8.count == hex.count else {
      throw refusal("checksum", "it is not hexadecimal", "write the digest alone, as sha256sum prints it")
    }
    guard let kind = name.isEmpty ? Kind.allCases.first(where: { $0.digits == hex.count }) : Kind(rawValue: name) else {
      throw refusal(
        "checksum_type `\(type.prefix(32))`",
        name.isEmpty
          ? "it is empty, and no kind has \(hex.count) digits" : "it is not known, or proves nothing any more",
        "use sha256 or sha512")
    }
    guard hex.count == kind.digits else {
      throw refusal(
        "checksum", "it has \(hex.count) digits, \(kind.rawValue) has \(kind.digits)", "copy the whole digest")
    }
    return FetchChecksum(kind: kind, hex: hex)
  }
}
