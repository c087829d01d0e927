import IPC
import Linux

/// A name and whose it is.
struct OwnedName: Hashable, Sendable {
  let key: Told.Key
  let network: String
  let name: String
}

/// Where netdns writes down for its next run whose name is whose: a line `UID VM NETWORK NAME` each. Domain lists need no
/// such file: the configuration of their dnsmasq says them.
enum ToldFile {
  /// From the runtime folder.
  static let path = "told/names"

  static func text(_ names: [OwnedName]) -> String {
    names.map { "\($0.key.uid) \($0.key.vm.text) \($0.network) \($0.name)\n" }.sorted().joined()
  }

  /// The lines that `text` has made; nothing of what it has not made.
  static func parse(_ text: String) -> [OwnedName] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      guard words.count == 4, let uid = UInt32(words[0]), let vm = VMIdentity(words[1]), DomainName.isLabel(words[2]),
        DomainName.isLabel(words[3]), !DomainName.isReserved(words[3])
      else { return nil }
      return OwnedName(key: Told.Key(uid: uid, vm: vm), network: words[2], name: words[3])
    }
  }
}
