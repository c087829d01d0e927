import Glibc
package import IPC
import Linux

/// What the kernel shows of interfaces to everybody, at one instant.
package struct LinkFacts: Sendable {
  /// Interfaces of this process's own network namespace.
  private let names: Set<String>
  /// Whether `/sys` shows the same namespace; the mount of another one shows that one's.
  private let hasSysfs: Bool

  /// What the kernel shows of a TAP to everybody.
  package enum Link: Hashable, Sendable {
    /// This process is in another network namespace, or was not asked.
    case unknown
    case missing
    /// It is there, but plugged into no bridge.
    case unplugged
    /// Its bridge, and whether both are up.
    case plugged(into: String, isUp: Bool)
  }

  /// Looks.
  package init() {
    let text = (try? Files.readText("/proc/self/net/dev", limit: 1 << 24)) ?? ""
    // Two lines of headings, then `  name: counters` (proc(5)).
    names = Set(
      text.split(separator: "\n").dropFirst(2).compactMap { line in
        line.split(separator: ":", maxSplits: 1).first.map { String($0.drop { $0 == " " }) }
      })
    hasSysfs = !names.isEmpty && names.isSubset(of: (try? Files.names(in: "/sys/class/net")) ?? [])
  }

  /// How a TAP is plugged in.
  /// - Parameter bridge: where it should be; empty if nobody knows.
  package func look(_ tap: String, bridge: String) -> Link {
    guard names.contains(tap) else {
      // Who sees not even the bridge is somewhere else.
      return !tap.isEmpty && names.contains(bridge) ? .missing : .unknown
    }
    guard hasSysfs else { return .unknown }
    guard let master = Self.master(of: tap) else { return .unplugged }
    return .plugged(into: master, isUp: Self.isUp(tap) && Self.isUp(master))
  }

  /// Whether nothing of what netd has made is here, though netd says that it is there: this process is in another network
  /// namespace, and can neither count packets nor ask for names.
  package func isElsewhere(_ entries: [Ports.Entry], _ audit: Audit.Reply) -> Bool {
    let lost = Set(audit.findings.filter { $0.kind == .missing || $0.kind == .broken }.map(\.interface))
    let made = audit.shards.map(\.bridge) + entries.filter { $0.state == .active }.map(\.port.tap)
    let there = Set(made).subtracting(lost).subtracting([""])
    return !there.isEmpty && names.isDisjoint(with: there)
  }

  /// Largest packet; nil if there is no such interface, or nobody can tell.
  package func mtu(_ name: String) -> Int? {
    guard hasSysfs, names.contains(name) else { return nil }
    return (try? Files.readText("/sys/class/net/\(name)/mtu")).flatMap {
      Int($0.split(whereSeparator: \.isWhitespace).first ?? "")
    }
  }

  private static func master(of name: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/sys/class/net/\(name)/master", &buffer, buffer.count)
    guard count > 0 else { return nil }
    let target = String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return target.split(separator: "/").last.map(String.init)
  }

  /// Whether an administrator has switched it on (IFF_UP of linux/if.h).
  private static func isUp(_ name: String) -> Bool {
    let text = (try? Files.readText("/sys/class/net/\(name)/flags"))?.split(separator: "\n").first ?? ""
    return (UInt32(text.dropFirst(2), radix: 16) ?? 1) & 1 != 0
  }
}
