import Failure

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
    let near = known.map { ($0, EditDistance.between(plain, $0.lowercased())) }.min { $0.1 < $1.1 }
    guard let near, near.1 <= max(1, min(2, plain.count / 2)) else { return nil }
    return near.0
  }
}
