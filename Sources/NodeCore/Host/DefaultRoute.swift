/// By which interface a host reaches everybody else.
enum DefaultRoute {
  /// RTF_UP and RTF_REJECT of <net/route.h> and <linux/ipv6_route.h>.
  private static let (up, reject): (UInt32, UInt32) = (1, 0x200)

  /// Reads /proc/net/route: a heading, and for each route `Iface Destination Gateway Flags RefCnt Use Metric Mask …`, addresses
  /// and flags in hexadecimal digits.
  /// - Returns: the interface of the default route with the lowest metric; nil if there is none.
  static func interface(route text: String) -> String? {
    let routes = text.split(separator: "\n").compactMap { line -> (String, UInt32)? in
      let words = line.split(whereSeparator: \.isWhitespace)
      guard words.count >= 8, words[1] == "00000000", words[7] == "00000000", let flags = UInt32(words[3], radix: 16),
        let metric = UInt32(words[6])
      else { return nil }
      return flags & up != 0 && flags & reject == 0 ? (String(words[0]), metric) : nil
    }
    return routes.min { $0.1 < $1.1 }?.0
  }

  /// The same of /proc/net/ipv6_route, which has no heading: destination, its length, source, its length, next hop, metric,
  /// two counters, flags, interface; all in hexadecimal digits.
  static func interface(ipv6Route text: String) -> String? {
    let routes = text.split(separator: "\n").compactMap { line -> (String, UInt32)? in
      let words = line.split(whereSeparator: \.isWhitespace)
      guard words.count >= 10, words[0].allSatisfy({ $0 == "0" }), words[1] == "00", words[9] != "lo",
        let metric = UInt32(words[5], radix: 16), let flags = UInt32(words[8], radix: 16)
      else { return nil }
      return flags & up != 0 && flags & reject == 0 ? (String(words[9]), metric) : nil
    }
    return routes.min { $0.1 < $1.1 }?.0
  }
}
