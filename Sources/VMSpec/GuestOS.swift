/// Families of systems that guests run, by the contract's words. What is done for one is for those of its kind.
package enum GuestOS: String, Codable, Sendable, Hashable, CaseIterable {
  /// Linux of any kind.
  case rhel, debian, fedora, suse, arch
  case genericLinux = "generic_linux"
  /// Windows with the drivers that its makers still maintain, and before that.
  case windowsServer = "windows_server"
  case windowsDesktop = "windows_desktop"
  case windowsLegacy = "windows_legacy"
  case freebsd

  /// That of the contract: empty is nil, an unknown one Linux of any kind.
  package init?(contract word: String) {
    if word.isEmpty { return nil }
    self = GuestOS(rawValue: word) ?? .genericLinux
  }

  /// Whether it takes the board's clock for the time of its place, not for universal time.
  package var hasLocalClock: Bool { isWindows }
  /// Its kind, in words: guests of one kind find the same machine.
  package var kind: String {
    switch self {
    case .rhel, .debian, .fedora, .suse, .arch, .genericLinux: "Linux"
    case .windowsServer, .windowsDesktop: "Windows"
    case .windowsLegacy: "old Windows"
    case .freebsd: "FreeBSD"
    }
  }
  /// Whether it is Windows.
  package var isWindows: Bool { [.windowsServer, .windowsDesktop, .windowsLegacy].contains(self) }
}
