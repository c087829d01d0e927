import Text

/// Reads a text as what it is.
enum DocumentReader {
  /// The document in `text`; nil if there is nothing in it but blanks and comments.
  ///
  /// A text that begins with a brace is JSON. YAML has braces too, so one that is not JSON may still be YAML; a text that
  /// is neither is told what is wrong with it in the language that its first key is written in.
  static func read(
    _ text: String, _ limits: DocumentLimits = .specification
  ) throws(DocumentProblem) -> DocumentNode? {
    // Editors put the mark before either language (YAML 1.2, 5.2; RFC 8259, 8.1).
    let hasMark = text.unicodeScalars.first == "\u{feff}"
    let text = hasMark ? String(text.unicodeScalars.dropFirst()) : text
    let beginning = text.utf8.lazy.filter { !JSONReader.isBlank($0) }.prefix(2)
    guard let first = beginning.first else { return nil }
    guard first == UInt8(ascii: "{") else { return try YAMLComposer.read(text, limits) }
    let json: DocumentProblem
    do throws(DocumentProblem) { return try JSONReader.document(text, limits) } catch { json = error }
    if json.isTooMuch { throw json }
    do throws(DocumentProblem) { return try YAMLComposer.read(text, limits) } catch {
      let isQuoted = beginning.dropFirst().first == UInt8(ascii: "\"")
      throw isQuoted && !error.isTooMuch ? json : error
    }
  }
}

extension DocumentNode {
  /// Reads JSON that was written here.
  /// - Returns: nil if it is none.
  package static func own(json text: String) -> DocumentNode? { try? JSONReader.document(text, .own) }

  /// Whether it is nothing, as `null`, `~` and an empty value are.
  var isNothing: Bool {
    if case .scalar(let text, plain: true) = content { PlainScalar(text) == .nothing } else { false }
  }
}
