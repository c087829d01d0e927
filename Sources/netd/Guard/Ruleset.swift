import IPC
import Linux
import Policies

/// The reviewed ruleset and the names that netd gives to what it adds.
enum Ruleset {
  static let table = "procurator"
  static let bridge = "bridge \(table)"
  static let inet = "inet \(table)"

  static var text: String { Policies.guardRules }

  /// Name of the chain that accepts what a profile lists.
  static func profile(_ id: UInt32) -> String { "profile-\(digits(id))" }

  /// Name of the set with the addresses of a profile's domains, which the resolver fills.
  static func names(_ id: UInt32) -> String { "\(openPrefix)\(digits(id))" }

  /// Whether others than netd fill a set.
  static func isOpen(_ set: String) -> Bool { set.hasPrefix(openPrefix) }

  private static let openPrefix = "names-"

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
