import IPC
import Linux
import NetworkPlan

/// A name and whose it is.
struct OwnedName: Hashable, Sendable {
  let key: Told.Key
  let network: String
  let name: String
}

/// Where netdns writes down for its next run whose name is whose: a line `UID VM NETWORK NAME` each, after one that says to
/// which files of names it belongs. A release that does not know this file changes those and leaves it as it is.
enum ToldFile {
  /// From the runtime folder.
  static let path = "told/names"

  /// - Parameter files: text by path from the runtime folder; those of names count.
  static func text(_ names: [OwnedName], beside files: [String: String]) -> String {
    let lines = names.map { "\($0.key.uid) \($0.key.vm.text) \($0.network) \($0.name)\n" }
    return ([stamp(files)] + lines.sorted()).joined()
  }

  /// Whether a text of `text` was written beside just these files.
  static func isOf(_ text: String, _ files: [String: String]) -> Bool { text.hasPrefix(stamp(files)) }

  private static func stamp(_ files: [String: String]) -> String {
    let names = files.filter { $0.key.hasPrefix(NameFile.folder("")) }.sorted { $0.key < $1.key }
    return "# \(Hex.text(Fingerprint.of(names.map { "\($0.key)\n\($0.value)" }.joined())))\n"
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
