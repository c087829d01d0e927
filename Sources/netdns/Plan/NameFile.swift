import IPC
import Linux

/// The names of one network, in the format of hosts(5).
enum NameFile {
  /// Where it is, from the runtime folder. dnsmasq watches the folder, so that each network needs one of its own.
  static func path(_ network: String) -> String { folder(network) + "/names" }

  static func folder(_ network: String) -> String { "names/\(network)" }

  static func text(_ names: [ServedName], _ shards: [Shards.Entry]) -> String {
    var lines: [String] = []
    for name in names.sorted(by: { ($0.address, $0.name) < ($1.address, $1.name) }) {
      let full = "\(name.name).\(name.network).internal"
      lines.append("\(IPv4.text(name.address)) \(full)\n")
      let shard = shards.first { $0.gateway & IPv4.mask(prefix: 24) == name.address & IPv4.mask(prefix: 24) }
      if let shard, shard.high6 != 0 {
        lines.append("\(IPv6Address(high: shard.high6, low: UInt64(name.address & 255)).text) \(full)\n")
      }
    }
    return lines.joined()
  }

  /// The names of a text that `text` has made; nothing of what it has not made.
  static func parse(_ path: String, _ text: String) -> [ServedName] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard words.count == 2, let address = IPv4.parse(words[0]) else { return nil }
      let labels = words[1].split(separator: ".").map(String.init)
      guard labels.count == 3, labels[2] == "internal", self.path(labels[1]) == path, DomainName.isLabel(labels[0])
      else {
        return nil
      }
      return ServedName(network: labels[1], name: labels[0], address: address)
    }
  }
}
