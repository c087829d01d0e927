package import IPC
import Linux
import Policies

/// The reviewed ruleset and the names that netd gives to what it adds.
package enum Ruleset {
  /// Name of both tables.
  package static let table = "procurator"
  /// The table of frames, as commands name it.
  package static let bridge = "bridge \(table)"
  /// The table of packets, as commands name it.
  package static let inet = "inet \(table)"

  /// The ruleset as it was reviewed.
  package static var text: String { Policies.guardRules }

  /// Name of the chain that accepts what a profile lists.
  package static func profile(_ id: UInt32) -> String { "profile-\(Hex.text(id))" }

  /// Name of the set with the addresses of a profile's domains, which the resolver fills.
  package static func names(_ id: UInt32) -> String { "\(openPrefix)\(Hex.text(id))" }

  /// Whether others than netd fill a set.
  package static func isOpen(_ set: String) -> Bool { set.hasPrefix(openPrefix) }

  private static let openPrefix = "names-"

  /// The rule for a range.
  package static func rule(_ range: Policy.Range) -> String {
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
