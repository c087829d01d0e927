/// A name of ours for what others call otherwise: they may write anything, and ours are names of files, hosts and devices.
package enum DerivedName {
  /// Characters of the longest name that others may give.
  package static let most = 255
  /// Characters of `text` that stay readable, and of the hash behind them.
  private static let (readable, mark) = (40, 10)

  /// Why others cannot give such a name; nil if they can.
  package static func trouble(of text: String) -> String? {
    // The bytes of one character have no bound.
    if text.count > most || text.utf8.count > 4 * most {
      return "it has \(text.count) characters, \(most) is the most"
    }
    let hasControl = text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7f }
    return hasControl ? "it contains a control character" : nil
  }

  /// That of a VM or drive: `text` itself if it is a name under our rules.
  /// - Parameter kind: what it begins with if nothing in `text` can; a letter first.
  package static func of(_ text: String, kind: String) -> String {
    Rules.name(text) == nil ? text : derived(text, kind: kind)
  }

  /// That of a disk. `disk7` and the like are what guests read of disks in certain places, and `cidata` is a disk too.
  /// - Parameter number: its place; nil if that is not known.
  package static func ofDisk(_ text: String, number: Int?) -> String {
    let isOthers = DiskSerial.place(in: text).map { $0 != number } ?? (text == DiskSerial.seed)
    return isOthers ? derived(text, kind: "disk") : of(text, kind: "disk")
  }

  /// Small letters, digits and single hyphens of `text`, and a hash of the whole of it.
  private static func derived(_ text: String, kind: String) -> String {
    var words: [String] = [""]
    for byte in text.utf8 {
      switch byte {
      case 0x61...0x7a, 0x30...0x39: words[words.count - 1].unicodeScalars.append(UnicodeScalar(byte))
      case 0x41...0x5a: words[words.count - 1].unicodeScalars.append(UnicodeScalar(byte + 0x20))
      default: words.append("")
      }
    }
    var slug = String(words.filter { !$0.isEmpty }.joined(separator: "-").prefix(readable))
    while slug.hasSuffix("-") { slug.removeLast() }
    if slug.utf8.first.map({ (0x61...0x7a).contains($0) }) != true { slug = slug.isEmpty ? kind : "\(kind)-\(slug)" }
    // At most 10 characters.
    let digits = String(FNV.hash(text, bits: 51), radix: 36)
    return "\(slug)-\(String(repeating: "0", count: max(0, mark - digits.count)))\(digits)"
  }
}
