import Glibc
import Linux

/// The addresses of all interfaces. Not by getifaddrs(3): that needs netlink, which the supervisor's unit does not permit.
enum InterfaceAddresses {
  /// `ADDRESS/PREFIX` by interface, IPv4 first, those of one link only last.
  static func read() -> [String: [String]] {
    var found = ipv4()
    let text = (try? Files.readText("/proc/self/net/if_inet6", limit: 1 << 22)) ?? ""
    for (name, addresses) in ipv6(text) { found[name, default: []] += addresses }
    return found
  }

  /// Reads /proc/net/if_inet6: address, number of the interface, length of the prefix, scope, flags, name; all but the last in
  /// hexadecimal digits.
  static func ipv6(_ text: String) -> [String: [String]] {
    var found: [String: [(isLocal: Bool, text: String)]] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard words.count == 6, words[0].utf8.count == 32, let high = UInt64(words[0].prefix(16), radix: 16),
        let low = UInt64(words[0].suffix(16), radix: 16), let prefix = UInt8(words[2], radix: 16), prefix <= 128
      else { continue }
      let address = IPv6Address(high: high, low: low)
      // fe80::/10, RFC 4291.
      found[String(words[5]), default: []].append((high >> 54 == 0x3fa, "\(address.text)/\(prefix)"))
    }
    return found.mapValues { list in list.filter { !$0.isLocal }.map(\.text) + list.filter(\.isLocal).map(\.text) }
  }

  // MARK: netdevice(7)

  /// SIOCGIFCONF and SIOCGIFNETMASK of <linux/sockios.h>.
  private static let (listing, mask): (UInt, UInt) = (0x8912, 0x891b)
  /// Bytes of a struct ifreq on 64-bit machines, of the name in it, and where a struct sockaddr_in in that has its address.
  private static let (size, nameSize, place) = (40, 16, 20)
  /// Most addresses that are asked for.
  private static let most = 4096

  private static func ipv4() -> [String: [String]] {
    let raw = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard raw >= 0 else { return [:] }
    let socket = Descriptor(owning: raw)
    var bytes = [UInt8](repeating: 0, count: size * most)
    let length = bytes.withUnsafeMutableBytes { buffer -> Int in
      // struct ifconf: a length, and a pointer where the next 8 bytes begin.
      var request: (length: Int, buffer: UnsafeMutableRawPointer?) = (buffer.count, buffer.baseAddress)
      return ioctl(socket.raw, listing, &request) == 0 ? min(buffer.count, max(0, request.length & 0x7fff_ffff)) : 0
    }
    var found: [String: [String]] = [:]
    for start in stride(from: 0, to: length - length % size, by: size) {
      var entry = Array(bytes[start..<start + size])
      let name = String(decoding: entry.prefix(nameSize).prefix { $0 != 0 }, as: UTF8.self)
      let address = number(entry)
      guard ioctl(socket.raw, mask, &entry) == 0 else { continue }
      // An address with a label of its own is its interface's all the same.
      let interface = String(name.prefix { $0 != ":" })
      found[interface, default: []].append("\(IPv4.text(address))/\(number(entry).nonzeroBitCount)")
    }
    return found
  }

  private static func number(_ entry: [UInt8]) -> UInt32 {
    entry[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }
}
