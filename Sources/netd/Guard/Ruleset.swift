import IPC
import Linux
import Policies

/// The reviewed ruleset and the names that netd gives to what it adds.
enum Ruleset {
  static let table = "procurator"
  static let bridge = "bridge \(table)"
  static let inet = "inet \(table)"

  static var text: String { Policies.guardRules }

  /// Name of an empty chain in both tables that says which ruleset, for which networks, they are.
  static func version(_ layout: Layout) -> String {
    // FNV-1a, 64 bits. Of the slots one for each network: all are made alike.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func mix(_ text: String) { for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 } }
    mix(text)
    for (network, own) in layout.networks.enumerated() {
      for shard in 0..<own.shards { layout.elements(network: network, shard: shard).forEach { mix($0.text) } }
      layout.elements(Slot(index: layout.slots(network: network).lowerBound)).forEach { mix($0.text) }
    }
    return "version-\(Layout.hexadecimal(hash))"
  }

  /// Name of the chain that accepts what a profile lists.
  static func profile(_ id: UInt32) -> String { "profile-\(digits(id))" }

  /// Name of the set with the addresses of a profile's domains, which the resolver fills.
  static func names(_ id: UInt32) -> String { "names-\(digits(id))" }

  private static func digits(_ id: UInt32) -> String { String(Layout.hexadecimal(UInt64(id)).suffix(8)) }

  /// The rule for a range.
  static func rule(_ range: Policy.Range) -> String {
    var words: [String] = []
    if range.prefix > 0 {
      let address = IPv4.text(range.address & IPv4.mask(prefix: range.prefix))
      words.append("ip daddr \(address)" + (range.prefix < 32 ? "/\(range.prefix)" : ""))
    }
    if range.transport != .any {
      if range.first == 0, range.last == .max {
        words.append("meta l4proto \(range.transport.rawValue)")
      } else {
        let ports = range.first == range.last ? "\(range.first)" : "\(range.first)-\(range.last)"
        words.append("\(range.transport == .tcp ? "tcp" : "udp") dport \(ports)")
      }
    }
    return (words + ["accept"]).joined(separator: " ")
  }
}
