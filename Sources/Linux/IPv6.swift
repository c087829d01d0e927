/// An IPv6 address as two numbers.
public struct IPv6Address: Hashable, Sendable {
  /// Bytes 0 to 7, the first one in the high end.
  public let high: UInt64
  /// Bytes 8 to 15.
  public let low: UInt64

  /// Makes one from its halves.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads hexadecimal groups with at most one `::`; nil for anything else. An IPv4 address at the end is not taken.
  public init?(_ text: String) {
    let halves = Self.halves(text)
    guard (1...2).contains(halves.count) else { return nil }
    var groups: [[UInt16]] = []
    for half in halves {
      var own: [UInt16] = []
      for part in half.isEmpty ? [] : half.split(separator: ":", omittingEmptySubsequences: false) {
        guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit), let group = UInt16(part, radix: 16)
        else { return nil }
        own.append(group)
      }
      groups.append(own)
    }
    let count = groups.reduce(0) { $0 + $1.count }
    guard halves.count == 2 ? count < 8 : count == 8 else { return nil }
    let gap = [UInt16](repeating: 0, count: 8 - count)
    let all = groups[0] + gap + (groups.count == 2 ? groups[1] : [])
    self.init(
      high: all[..<4].reduce(0) { $0 << 16 | UInt64($1) }, low: all[4...].reduce(0) { $0 << 16 | UInt64($1) })
  }

  /// The text form of RFC 5952: small letters, the longest run of zeros left out.
  public var text: String {
    let groups = [high, low].flatMap { half in
      stride(from: UInt64(48), through: 0, by: -16).map { UInt16(truncatingIfNeeded: half >> $0) }
    }
    var best = 0..<0
    var start = 0
    for (index, group) in groups.enumerated() {
      if group != 0 { start = index + 1 } else if index + 1 - start > best.count { best = start..<index + 1 }
    }
    func join(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
    guard best.count > 1 else { return join(groups[...]) }
    return join(groups[..<best.lowerBound]) + "::" + join(groups[best.upperBound...])
  }

  private static func halves(_ text: String) -> [Substring] {
    let bytes = Array(text.utf8)
    let colon = UInt8(ascii: ":")
    guard let gap = bytes.indices.dropLast().first(where: { bytes[$0] == colon && bytes[$0 + 1] == colon }) else {
      return [text[...]]
    }
    let start = text.utf8.index(text.utf8.startIndex, offsetBy: gap)
    return [text[..<start], text[text.utf8.index(start, offsetBy: 2)...]]
  }
}
