package import Access

extension Role {
  /// What a URI in a certificate begins with that says the role of its holder (a URN, RFC 8141).
  static let prefix = "urn:procurator:role:"

  /// The URI that says this role.
  var uri: String { Self.prefix + rawValue }

  /// All of them in a sentence.
  package static var words: String {
    let words = allCases.map(\.rawValue)
    return words.dropLast().joined(separator: ", ") + " or " + words.suffix(1).joined()
  }
}
