/// Names of the domain name system, in the one form in which they are compared.
public enum DomainName {
  /// Longest domain, bytes (RFC 1035, section 2.3.4).
  private static let longest = 253

  /// Whether a text is a single label of small letters, digits and inner hyphens, at most 63 bytes (RFC 1123, section 2.1).
  public static func isLabel(_ text: some StringProtocol) -> Bool {
    let bytes = Array(text.utf8)
    guard (1...63).contains(bytes.count), bytes.first != UInt8(ascii: "-"), bytes.last != UInt8(ascii: "-") else {
      return false
    }
    return bytes.allSatisfy { byte in
      switch UnicodeScalar(byte) {
      case "a"..."z", "0"..."9", "-": true
      default: false
      }
    }
  }

  /// Labels that programs look for by themselves: the host itself, the proxy's configuration (WPAD), the tunnel's end of
  /// RFC 5214. Whoever has one of them is trusted by neighbours who never asked for it.
  public static let reserved: Set<String> = ["localhost", "wpad", "isatap"]

  /// Whether no guest may have a label as its name.
  public static func isReserved(_ label: some StringProtocol) -> Bool { reserved.contains(String(label)) }

  /// A domain in small letters without leading `*.` and closing dot; nil if it is none. Underscores are permitted, as
  /// they occur in names of services (RFC 8552).
  public static func canonical(_ text: String) -> String? {
    var rest = text.lowercased()[...]
    if rest.hasPrefix("*.") { rest = rest.dropFirst(2) }
    if rest.hasSuffix(".") { rest = rest.dropLast() }
    let labels = rest.split(separator: ".", omittingEmptySubsequences: false)
    guard rest.utf8.count <= longest, !labels.isEmpty,
      labels.allSatisfy({ isLabel($0.hasPrefix("_") ? $0.dropFirst() : $0) })
    else { return nil }
    return String(rest)
  }
}
