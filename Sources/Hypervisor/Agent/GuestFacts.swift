package import FoundationEssentials
import Text

/// What a guest says of itself through its agent, at one moment. All of it may be untrue, and nothing of it is more than its
/// bounds.
package struct GuestFacts: Hashable, Sendable {
  /// The operating system's name and release, such as `Debian GNU/Linux` and `12 (bookworm)`.
  package var system = ""
  package var release = ""
  /// The kernel's release, as of `uname -r`.
  package var kernel = ""
  package var hostName = ""
  package var interfaces: [GuestInterface] = []
  package var fileSystems: [GuestFileSystem] = []
  /// What Linux guests tell by files of /proc; nil if the agent reads none.
  package var load: GuestLoad?
  /// The agent's own.
  package var agent = GuestAgentInfo(version: "", commands: [])
  /// When it was asked.
  package var time: Date

  /// Makes one that says nothing.
  package init(time: Date) { self.time = time }

  /// Most that are kept of one guest.
  static let (mostInterfaces, mostAddresses, mostFileSystems, mostCommands) = (32, 16, 64, 256)
  /// Most bytes of a word.
  static let longestWord = 256

  /// A word of a guest: of one line, and short.
  static func word(_ value: JSON?) -> String { word(value?.string ?? "") }

  static func word(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).first ?? ""
    guard line.utf8.count > longestWord else { return String(line) }
    return String(decoding: line.utf8.prefix(longestWord - 2), as: UTF8.self)
  }

  /// Takes the answer of `guest-get-osinfo`.
  mutating func take(system answer: JSON) {
    system = Self.word(answer["name"])
    if system.isEmpty { system = Self.word(answer["pretty-name"]) }
    release = Self.word(answer["version"])
    if release.isEmpty { release = Self.word(answer["version-id"]) }
    kernel = Self.word(answer["kernel-release"])
  }

  mutating func take(_ list: [GuestInterface]) {
    interfaces = list.prefix(Self.mostInterfaces).map { one in
      var one = one
      one.name = Self.word(one.name)
      one.mac = one.mac.map { Self.word($0) }
      one.addresses = one.addresses.prefix(Self.mostAddresses).map { address in
        var address = address
        address.address = Self.word(address.address)
        return address
      }
      return one
    }
  }

  mutating func take(_ list: [GuestFileSystem]) {
    fileSystems = list.prefix(Self.mostFileSystems).map { one in
      GuestFileSystem(
        mount: Self.word(one.mount), device: Self.word(one.device), kind: Self.word(one.kind), total: one.total,
        used: one.used)
    }
  }

  mutating func take(_ info: GuestAgentInfo) {
    agent.version = Self.word(info.version)
    agent.commands = Set(info.commands.sorted().prefix(Self.mostCommands).map { Self.word($0) })
  }
}

/// How busy a Linux guest is (proc(5)); bytes and seconds.
package struct GuestLoad: Hashable, Sendable {
  package var uptime: Double?
  /// Of one, five and fifteen minutes.
  package var averages: [Double] = []
  package var memoryTotal: UInt64?
  package var memoryAvailable: UInt64?
  package var swapTotal: UInt64?
  package var swapFree: UInt64?

  /// Reads /proc/uptime, /proc/loadavg and /proc/meminfo; what does not have their form is left out.
  package init(uptime: String, averages: String, memory: String) {
    func numbers(_ text: String, _ count: Int) -> [Double] {
      let numbers = text.split(separator: " ").prefix(count).compactMap { Double($0) }.filter { $0.isFinite && $0 >= 0 }
      return numbers.count == count ? numbers : []
    }
    self.uptime = numbers(uptime, 1).first
    self.averages = numbers(averages, 3)
    var sizes: [Substring: UInt64] = [:]
    for line in memory.split(separator: "\n").prefix(100) {
      let words = line.split(separator: " ")
      guard words.count == 3, words[0].hasSuffix(":"), words[2] == "kB", let kilobytes = UInt64(words[1]) else {
        continue
      }
      let (bytes, isTooMuch) = kilobytes.multipliedReportingOverflow(by: 1024)
      if !isTooMuch { sizes[words[0].dropLast()] = bytes }
    }
    (memoryTotal, memoryAvailable) = (sizes["MemTotal"], sizes["MemAvailable"])
    (swapTotal, swapFree) = (sizes["SwapTotal"], sizes["SwapFree"])
  }
}
