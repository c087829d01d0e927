import Foundation

/// A page of `docs/man`, as far as the tests read it: what its lists name, by section.
struct ManualPage {
  /// The items of lists under each `.Ss`: what follows `.It`.
  private(set) var items: [String: [String]] = [:]
  /// The text under each `.Ss`.
  private(set) var texts: [String: String] = [:]

  static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

  /// The text of a file of the repository.
  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  init(_ name: String) throws {
    var section = ""
    for line in try Self.text("docs/man/\(name)").split(separator: "\n") {
      if line.hasPrefix(".Ss ") {
        section = String(line.dropFirst(4))
        items[section] = []
      } else if line.hasPrefix(".Sh ") {
        section = ""
      } else {
        if line.hasPrefix(".It ") { items[section, default: []].append(String(line.dropFirst(4))) }
        texts[section, default: ""] += line + "\n"
      }
    }
  }

  /// The items of a section that are written `.It Cm KEY`, without the `=` of a configuration's key.
  func keys(_ section: String) -> [String] {
    (items[section] ?? []).compactMap { item in
      guard item.hasPrefix("Cm ") else { return nil }
      return String(item.dropFirst(3).prefix { $0 != "=" && $0 != " " })
    }
  }
}
