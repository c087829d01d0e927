public import Failure
import Glibc
import Linux

/// A configuration in the style of systemd's own files: `[Section]`, `Key=Value`, and drop-ins beside it.
///
/// `FILE` is read first, then `FILE.d/*.conf` in the order of their names. A later value replaces an earlier one;
/// a key that takes a list collects all of them, and an empty value throws away what was collected before it.
/// Lines that begin with `#` or `;` are comments, and so is what follows a blank and `;` on any line. Values are
/// otherwise taken as they stand, without quoting.
public struct ConfigurationFile: Sendable {
  /// Path of the main file.
  public let path: String
  /// Every assignment, in the order in which they count.
  public private(set) var entries: [ConfigurationEntry] = []

  /// A configuration without any assignment: all defaults.
  public init(empty path: String) { self.path = path }

  /// Reads `path` and its drop-ins.
  /// - Parameter optional: whether the main file may be missing; its drop-ins count all the same.
  /// - Throws: what cannot be read or is not in the format, with file and line.
  public static func load(_ path: String, optional: Bool = false) throws(Failure) -> ConfigurationFile {
    var configuration = ConfigurationFile(empty: path)
    if let text = try read(path, optional: optional) { configuration.entries += try Ini.parse(text, file: path) }
    for dropIn in dropIns(of: path) {
      guard let text = try read(dropIn, optional: false) else { continue }
      configuration.entries += try Ini.parse(text, file: dropIn)
    }
    return configuration
  }

  /// Reads assignments from a text; `name` stands for the file in failures.
  public static func parse(_ text: String, name: String) throws(Failure) -> ConfigurationFile {
    var configuration = ConfigurationFile(empty: name)
    configuration.entries = try Ini.parse(text, file: name)
    return configuration
  }

  /// The section of that name, without assignments if the files have none.
  public func section(_ name: String) -> ConfigurationSection {
    ConfigurationSection(kind: name, label: "", file: path, entries: entries.filter { $0.section == name })
  }

  /// The sections `[KIND LABEL]` in the order in which their labels first appear.
  public func sections(named kind: String) -> [ConfigurationSection] {
    var labels: [String] = []
    for entry in entries {
      let (own, label) = entry.sectionParts
      if own == kind, !labels.contains(label) { labels.append(label) }
    }
    return labels.map { label in
      let own = entries.filter { $0.sectionParts == (kind, label) }
      return ConfigurationSection(kind: kind, label: label, file: path, entries: own)
    }
  }

  /// Requires that every section and key is one of `rules`.
  /// - Throws: `.invalid` for the first that is not, naming its place and the nearest name that exists.
  public func check(_ rules: [ConfigurationRule]) throws(Failure) {
    for entry in entries {
      let (kind, label) = entry.sectionParts
      guard let rule = rules.first(where: { $0.section == kind }) else {
        throw entry.failure(
          "there is no section [\(entry.section)]", remedy: Suggestion.sentence(kind, among: rules.map(\.section)))
      }
      guard rule.isLabelled == !label.isEmpty else {
        throw entry.failure(
          rule.isLabelled ? "section [\(kind)] needs a name" : "section [\(kind)] takes no name",
          remedy: "write [\(kind)\(rule.isLabelled ? " NAME" : "")]")
      }
      guard rule.keys.contains(entry.key) else {
        throw entry.failure(
          "[\(kind)] has no key \(entry.key)=", remedy: Suggestion.sentence(entry.key, among: rule.keys, suffix: "="))
      }
    }
  }
}

/// Which keys a section may have.
public struct ConfigurationRule: Sendable {
  /// Name of the section, without its label.
  public let section: String
  /// Whether it is written `[SECTION NAME]` and may come once per name.
  public let isLabelled: Bool
  /// Its keys.
  public let keys: [String]

  /// Makes one.
  public init(section: String, isLabelled: Bool = false, keys: [String]) {
    self.section = section
    self.isLabelled = isLabelled
    self.keys = keys
  }
}

extension ConfigurationFile {
  /// Largest file that is read, in bytes.
  static let maxSize = 1 << 20

  private static func read(_ path: String, optional: Bool) throws(Failure) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    if file < 0 {
      let number = errno
      if number == ENOENT && optional { return nil }
      throw Failure(
        number == ENOENT ? .notFound : number == EACCES ? .denied : .system, operation: "read configuration",
        object: path,
        cause: String(cString: strerror(number)), remedy: "check the path and its permissions", errno: number)
    }
    defer { close(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 16384)
    while true {
      let got = Glibc.read(file, &block, block.count)
      if got < 0 && errno == EINTR { continue }
      if got < 0 {
        throw Failure(
          .system, operation: "read configuration", object: path, cause: String(cString: strerror(errno)), errno: errno)
      }
      if got == 0 { break }
      bytes += block.prefix(got)
      guard bytes.count <= maxSize else {
        throw Failure(
          .invalid, operation: "read configuration", object: path, cause: "the file is larger than \(maxSize) bytes")
      }
    }
    guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.invalid, operation: "read configuration", object: path, cause: "the file is not UTF-8 text")
    }
    return text
  }

  private static func dropIns(of path: String) -> [String] {
    let folder = path + ".d"
    let names = (try? Files.names(in: folder)) ?? []
    return names.filter { $0.hasSuffix(".conf") && !$0.hasPrefix(".") }.sorted().map { folder + "/" + $0 }
  }
}
