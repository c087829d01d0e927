import NetworkPlan

/// A domain list that is served, and whose it is.
struct OwnedList: Hashable, Sendable {
  let uid: UInt32
  /// What that user calls it.
  let number: UInt32
  /// What netd calls it.
  let id: UInt32
}

/// Where netdns writes down for its next run whose domain list is whose: a line `UID NUMBER ID` each. Their domains are in the
/// configurations of their dnsmasqs; whose those are they do not say, and a number can be made to fit.
enum ListFile {
  /// From the runtime folder.
  static let path = "told/lists"

  static func text(_ lists: [OwnedList]) -> String {
    lists.map { "\($0.uid) \(Hex.text($0.number)) \(Hex.text($0.id))\n" }.sorted().joined()
  }

  /// The lines that `text` has made; nothing of what it has not made.
  static func parse(_ text: String) -> [OwnedList] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ", omittingEmptySubsequences: false)
      guard words.count == 3, let uid = UInt32(words[0]), let number = UInt32(words[1], radix: 16),
        let id = UInt32(words[2], radix: 16)
      else { return nil }
      return OwnedList(uid: uid, number: number, id: id)
    }
  }
}
