/// "Did you mean": the known key nearest to an unknown one.
enum Suggestion {
  /// Words that people write for a key of ours although few letters agree.
  private static let synonyms: [String: [String]] = [
    "vcpus": ["cpu", "cpus", "cores", "smp"], "memory": ["mem", "ram"], "path": ["file", "image", "source"],
    "cmdline": ["append", "args", "commandline"], "network": ["bridge", "net"], "address": ["ip", "ipv4", "addr"],
    "nics": ["networks", "interfaces"], "accel": ["accelerator", "hypervisor"], "readonly": ["ro"],
    "allowedDomains": ["domains", "networkalloweddomains"], "allowedAddresses": ["addresses", "cidrs", "ranges"],
    "forwards": ["ports", "publish", "portforwards"], "bandwidth": ["rate", "limit", "limits"],
    "guest": ["guestport", "target"], "host": ["hostport", "published"], "protocol": ["transport", "proto"],
    "format": ["type"], "initrd": ["initramfs", "ramdisk"], "firmware": ["bios", "uefi"],
  ]

  /// The key that was probably meant; nil if none is near.
  static func nearest(to word: String, among known: [String]) -> String? {
    let plain = word.lowercased().filter { $0 != "_" && $0 != "-" }
    if let exact = known.first(where: { $0.lowercased() == plain }) { return exact }
    if let named = known.first(where: { synonyms[$0]?.contains(plain) == true }) { return named }
    let near = known.map { ($0, distance(Array(plain), Array($0.lowercased()))) }.min { $0.1 < $1.1 }
    guard let near, near.1 <= max(1, min(2, plain.count / 2)) else { return nil }
    return near.0
  }

  /// Edits between two words: insert, delete, replace, swap of neighbours (optimal string alignment).
  static func distance(_ a: [Character], _ b: [Character]) -> Int {
    // Keys are short; a very long word is far from all of them without a table of its size.
    if abs(a.count - b.count) > 8 { return abs(a.count - b.count) }
    var rows = [Array(0...b.count)]
    for i in 0..<a.count {
      var row = [i + 1]
      for j in 0..<b.count {
        var best = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
