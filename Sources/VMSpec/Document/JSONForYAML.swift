/// JSON is YAML but for a few characters: readers of YAML 1.1 take some for line ends and refuse others as they stand.
/// JSON that may come to such a reader has them as escapes.
package enum JSONForYAML {
  /// The same JSON in characters that every reader of YAML takes as they are. Outside of texts JSON has none of the others.
  package static func text(_ json: String) -> String {
    // The first bytes in UTF-8 of what is meant; most texts have none of them.
    guard json.utf8.contains(where: { [0x7f, 0xc2, 0xe2, 0xef].contains($0) }) else { return json }
    var result = String.UnicodeScalarView()
    for scalar in json.unicodeScalars {
      switch scalar.value {
      case 0x7f...0x9f, 0x2028, 0x2029, 0xfeff, 0xfffe, 0xffff:
        let digits = String(scalar.value, radix: 16)
        result.append(contentsOf: ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).unicodeScalars)
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}
