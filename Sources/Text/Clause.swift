/// Parts of a sentence.
package enum Clause {
  /// The first one of a warning, up to its details.
  package static func first(_ warning: String) -> String { String(warning.prefix { $0 != ":" && $0 != ";" }) }
}
