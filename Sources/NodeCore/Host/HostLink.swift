import Glibc
import Linux

/// A network interface of the host.
package struct HostLink: Hashable, Sendable {
  package var name: String
  /// Empty where the kind of link has none.
  package var mac: String
  /// `ADDRESS/PREFIX`, IPv4 first.
  package var addresses: [String]
  /// Megabits per second; nil where the link has no speed.
  package var speed: UInt64?
  package var isUp: Bool

  /// What /sys has of a speed: a number, of a link that is down or virtual -1 or an error.
  static func speed(_ text: String) -> UInt64? {
    let digits = text.prefix { $0 != "\n" }
    guard let number = UInt64(digits), number > 0, number < UInt64(UInt32.max) else { return nil }
    return number
  }

  /// Looks at all of them but the loopback.
  /// - Parameter except: names of those that are the VMs'.
  static func all(except others: Set<String>) -> [HostLink] {
    let folder = "/sys/class/net/"
    let addresses = InterfaceAddresses.read()
    let names = ((try? Files.names(in: folder)) ?? []).filter { $0 != "lo" && !others.contains($0) }.sorted()
    return names.compactMap { name in
      func text(_ file: String) -> String {
        String(((try? Files.readText(folder + name + "/" + file, limit: 256)) ?? "").prefix { $0 != "\n" })
      }
      let flags = text("flags").dropFirst(2)
      // Not a link: a file of the bonding driver lies there too.
      guard !flags.isEmpty else { return nil }
      let mac = text("address")
      return HostLink(
        name: name, mac: mac.allSatisfy { $0 == "0" || $0 == ":" } ? "" : mac, addresses: addresses[name] ?? [],
        speed: speed(text("speed")),
        isUp: (UInt32(flags, radix: 16) ?? 0) & UInt32(IFF_UP) != 0 && text("operstate") != "down")
    }
  }
}
