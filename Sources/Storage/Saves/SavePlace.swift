package import Failure

/// Where a VM is saved: a folder of one of those that the administrator gives for it. A rule about texts.
package struct SavePlace: Codable, Hashable, Sendable {
  /// The folder of the administrator's.
  package let root: String
  /// The folder's name in it.
  package let name: String

  package var path: String { root + "/" + name }

  /// Bytes of a name.
  package static let longestName = 128

  /// Reads what somebody asks for: a name, which lies in the first root, or the absolute path of a folder in one of them.
  /// - Throws: `.invalid` for anything else, wherever links would lead.
  package static func find(_ text: String, roots: [String], _ operation: String) throws(Failure) -> SavePlace {
    func refusal(_ cause: String, _ remedy: String) -> Failure {
      Failure(
        .invalid, part: .disk, operation: operation, object: "folder `\(text.prefix(256))`", cause: cause,
        remedy: remedy)
    }
    guard let first = roots.first else {
      throw refusal("this host has no folders for saved VMs", "name one in vmsupervisor.conf: [Storage] Saves=")
    }
    guard text.utf8.first == UInt8(ascii: "/") else {
      guard isName(text) else { throw refusal("it is no name of a folder", nameRemedy(first)) }
      return SavePlace(root: first, name: text)
    }
    let path = try PoolPath.normal(text, operation, field: "folder")
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    let (root, name) = (String(path[..<slash]), String(path[path.index(after: slash)...]))
    guard roots.contains(root) else {
      throw refusal(
        "VMs are saved into folders of \(roots.joined(separator: ", ")) and of nothing else",
        "use a folder there, or have the host's administrator name another in vmsupervisor.conf: [Storage] Saves=")
    }
    guard isName(name) else { throw refusal("its last part is no name of a folder", nameRemedy(root)) }
    return SavePlace(root: root, name: name)
  }

  /// Whether a file or folder may be called so: letters, digits, `-`, `_` and `.`, which is not the first.
  package static func isName(_ text: String) -> Bool {
    let bytes = text.utf8
    guard !bytes.isEmpty, bytes.count <= longestName, bytes.first != UInt8(ascii: ".") else { return false }
    return bytes.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        true
      default: false
      }
    }
  }

  private static func nameRemedy(_ root: String) -> String {
    "write up to \(longestName) letters, digits, -, _ and . (not in front): a folder of that name in \(root)"
  }
}
