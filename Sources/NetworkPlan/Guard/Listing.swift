package import IPC
import Linux

/// Reads what nftables lists, strictly: what is not just as netd has made it is nil.
package enum Listing {
  /// The elements of one set or map.
  package static func elements(_ listing: String, of set: ElementSet) -> [Element]? {
    guard let words = entries(listing) else { return nil }
    var elements: [Element] = []
    for word in words {
      let parts = halves(word)
      guard parts.count == (set.isMap ? 2 : 1), parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isPlain) })
      else { return nil }
      elements.append(Element(set, parts[0], parts.count == 2 ? parts[1] : ""))
    }
    return elements
  }

  /// The addresses in the set of a profile.
  package static func addresses(_ listing: String) -> [UInt32]? {
    guard let words = entries(listing) else { return nil }
    let addresses = words.compactMap { IPv4.parse($0) }
    return addresses.count == words.count ? addresses : nil
  }

  /// The rules of every chain of a table.
  package static func chains(_ listing: String) -> [String: [String]] {
    var chains: [String: [String]] = [:]
    var name: String?
    for line in lines(listing) {
      let words = line.split(separator: " ")
      if words.count == 3, words[0] == "chain", words[2] == "{" {
        name = String(words[1])
        chains[String(words[1])] = []
      } else if line == "}" {
        name = nil
      } else if let name {
        chains[name]?.append(line)
      }
    }
    return chains
  }

  /// The address ranges of rules that `Ruleset.rule` has made.
  package static func ranges(_ rules: [String]) -> [Policy.Range]? {
    var ranges: [Policy.Range] = []
    for rule in rules {
      guard let range = range(rule), Ruleset.rule(range) == rule else { return nil }
      ranges.append(range)
    }
    return ranges
  }

  // MARK: Parts

  private static func range(_ rule: String) -> Policy.Range? {
    var words = rule.split(separator: " ")[...]
    var range = Policy.Range()
    range.prefix = 0
    if words.starts(with: ["ip", "daddr"]), let word = words.dropFirst(2).first {
      let parts = word.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count <= 2, let address = IPv4.parse(parts[0]), let prefix = parts.count == 2 ? UInt8(parts[1]) : 32
      else { return nil }
      (range.address, range.prefix) = (address, prefix)
      words = words.dropFirst(3)
    }
    if words.starts(with: ["meta", "l4proto"]), let word = words.dropFirst(2).first {
      guard let transport = UInt8(word).flatMap({ Transport(rawValue: $0) }) else { return nil }
      (range.transport, range.first, range.last) = (transport, 0, .max)
      words = words.dropFirst(3)
    } else if let name = words.first, words.dropFirst().first == "dport", let word = words.dropFirst(2).first {
      let ports = word.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
      guard ["tcp", "udp"].contains(name), ports.count <= 2, let first = ports.first ?? nil,
        let last = ports.last ?? nil
      else { return nil }
      (range.transport, range.first, range.last) = (name == "tcp" ? .tcp : .udp, first, last)
      words = words.dropFirst(3)
    }
    return words == ["accept"] ? range : nil
  }

  private static func lines(_ listing: String) -> [String] {
    listing.split(separator: "\n").map { line in
      String(line.drop { $0 == "\t" || $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
  }

  /// What stands between the braces after `elements =`; nil if the listing is not one set or map.
  private static func entries(_ listing: String) -> [String]? {
    let lines = lines(listing)
    guard lines.count >= 4, lines[0].hasPrefix("table "), lines[1].hasPrefix("set ") || lines[1].hasPrefix("map "),
      lines.suffix(2) == ["}", "}"]
    else { return nil }
    guard let start = lines.firstIndex(where: { $0.hasPrefix("elements = { ") }) else { return [] }
    var body = lines[start..<lines.count - 2].joined(separator: " ").dropFirst("elements = { ".count)
    guard body.hasSuffix(" }") else { return nil }
    body = body.dropLast(2)
    return body.split(separator: ",", omittingEmptySubsequences: false).map { part in
      String(part.drop { $0 == " " })
    }
  }

  private static func halves(_ text: String) -> [String] {
    guard let gap = text.utf8.indices.first(where: { text[$0...].hasPrefix(" : ") }) else { return [text] }
    return [String(text[..<gap]), String(text[text.utf8.index(gap, offsetBy: 3)...])]
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch UnicodeScalar(byte) {
    case "a"..."z", "A"..."Z", "0"..."9", " ", "\"", ".", ":", "-", "_": true
    default: false
    }
  }
}
