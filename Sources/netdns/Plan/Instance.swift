import NetworkPlan

/// Which dnsmasq it is.
enum InstanceName: Hashable, Sendable {
  /// DHCP and DNS of a network.
  case network(String)
  /// DNS for a list of allowed domains.
  case profile(id: UInt32, port: UInt16)

  /// As files are called by it.
  var text: String {
    switch self {
    case .network(let name): "net-\(name)"
    case .profile(let id, let port): "profile-\(Hex.text(id))-\(port)"
    }
  }

  /// As people know it.
  var title: String {
    switch self {
    case .network(let name): "network \(name)"
    case .profile(let id, _): "domain list \(Hex.text(id))"
    }
  }

  /// Reads `text`; nil for anything else.
  init?(_ text: String) {
    let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    switch parts[0] {
    case "net": self = .network(String(parts[1]))
    case "profile":
      let numbers = parts[1].split(separator: "-", omittingEmptySubsequences: false)
      guard numbers.count == 2, let id = UInt32(numbers[0], radix: 16), let port = UInt16(numbers[1]) else {
        return nil
      }
      self = .profile(id: id, port: port)
    default: return nil
    }
    guard self.text == text else { return nil }
  }

  /// Whether the two cannot run at the same time, because they are the same or listen at the same place.
  func excludes(_ other: InstanceName) -> Bool {
    switch (self, other) {
    case (.network(let one), .network(let two)): one == two
    case (.profile(let id, let port), .profile(let otherID, let otherPort)): id == otherID || port == otherPort
    default: false
    }
  }
}

/// A name and a configuration: what a dnsmasq process is told once, when it starts.
///
/// The configuration's file is called by a hash of its text, so the command line of a process says exactly which text it
/// has read. There is nothing to note down about what runs, and nothing that could disagree with it.
struct InstanceID: Hashable, Sendable {
  let name: InstanceName
  /// FNV-1a, 64 bits, of the configuration's text.
  let hash: UInt64

  init(_ name: InstanceName, configuration: String) {
    self.name = name
    hash = Fingerprint.of(configuration)
  }

  /// Where the configuration is, from the runtime folder.
  var file: String { "conf/\(name.text)-\(Hex.text(hash)).conf" }

  /// Reads `file`; nil for anything else.
  init?(file: String) {
    guard file.hasPrefix("conf/"), file.hasSuffix(".conf") else { return nil }
    let stem = file.dropFirst(5).dropLast(5)
    guard let cut = stem.lastIndex(of: "-"), let name = InstanceName(String(stem[..<cut])),
      let hash = UInt64(stem[stem.index(after: cut)...], radix: 16)
    else { return nil }
    self.name = name
    self.hash = hash
    guard self.file == file else { return nil }
  }
}
