package import Failure

extension CloudInitSpec {
  /// What cloud-init will not do although the document asks for it. It says so in a log of the guest at most, so it is said
  /// here; it is no refusal, because other programs read such seeds too.
  package var warnings: [Warning] {
    var warnings: [Warning] = []
    func ignored(_ key: String, _ why: Trouble) {
      warnings.append(
        Warning(
          id: "seed.\(key)", part: .image, cause: "cloud-init will ignore cloudInit.\(key): \(why.cause)",
          remedy: why.remedy))
    }
    for (key, text) in [("userData", userData), ("vendorData", vendorData)] {
      if let text, let why = Self.trouble(data: text) {
        ignored(key, why)
      }
    }
    if let metaData {
      if let why = Self.trouble(mapping: metaData) {
        ignored("metaData", why)
      } else if case .mapping(let keys) = YAMLShape(metaData), !keys.contains("instance-id") {
        warnings.append(
          Warning(
            id: "seed.metaData", part: .image,
            cause:
              "cloud-init may ignore cloudInit.metaData, or take the VM for one that it has set up before: it has no "
              + "instance-id",
            remedy: "add a line such as `instance-id: web1-1`"))
      }
    }
    if let networkConfig, let why = Self.trouble(mapping: networkConfig) {
      ignored("networkConfig", why)
    }
    return warnings
  }

  /// First lines by which cloud-init knows what follows (cloudinit/handlers/__init__.py, INCLUSION_TYPES_MAP).
  private static let beginnings = [
    "#!", "#cloud-config", "#include", "#part-handler", "#cloud-boothook", "#upstart-job", "## template:",
  ]

  private typealias Trouble = (cause: String, remedy: String)

  private static func trouble(data: String) -> Trouble? {
    if data.isEmpty { return nil }
    let beginning = String(decoding: data.utf8.prefix(4096), as: UTF8.self).lowercased()
    // Parts of mail say themselves what they are; what names a template is another text when it is read.
    if beginning.contains("mime-version:") { return nil }
    if beginning.hasPrefix("## template:") { return nil }
    guard beginnings.contains(where: data.hasPrefix) else {
      let lines = data.split(maxSplits: 100, omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      if let line = lines.firstIndex(where: { line in
        let text = line.drop { $0 == " " || $0 == "\u{feff}" }
        return beginnings.contains { text.hasPrefix($0) }
      }) {
        return (
          "`\(lines[line].prefix(40))` is in line \(line + 1)",
          "it must be the very beginning, without blanks, lines or `---` before it"
        )
      }
      if beginning.hasPrefix("# cloud-config") {
        return ("`# cloud-config` has a blank too many", "write `#cloud-config`")
      }
      return ("its first line is none of those that it knows", "begin with `#cloud-config`, or with `#!` for a program")
    }
    guard data.hasPrefix("#cloud-config") else { return nil }
    let isArchive = data.hasPrefix("#cloud-config-archive")
    switch YAMLShape(data) {
    case .empty: return nil
    case .mapping where !isArchive, .list where isArchive: return nil
    case .broken(let line, let cause): return Self.broken(line, cause)
    default: return (isArchive ? "it must be a list" : "it must be a mapping: `key: value` lines", "")
    }
  }

  private static func trouble(mapping text: String) -> Trouble? {
    switch YAMLShape(text) {
    case .mapping, .empty: nil
    case .broken(let line, let cause): broken(line, cause)
    case .list, .single: ("it must be a mapping: `key: value` lines", "")
    }
  }

  private static func broken(_ line: Int, _ cause: String) -> Trouble {
    ("it is not YAML in line \(line): \(cause)", "")
  }
}
