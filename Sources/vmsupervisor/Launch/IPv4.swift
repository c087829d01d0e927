import Hypervisor

/// IPv4 addresses between text and number (host byte order).
enum IPv4 {
  static func number(_ text: String) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var number: UInt32 = 0
    for part in parts {
      guard let byte = UInt8(part), String(byte) == part else { return nil }
      number = number << 8 | UInt32(byte)
    }
    return number
  }

  static func text(_ number: UInt32) -> String {
    stride(from: 24, through: 0, by: -8).map { String(number >> UInt32($0) & 255) }.joined(separator: ".")
  }

  static func mask(prefix: UInt8) -> UInt32 { prefix == 0 ? 0 : .max << UInt32(32 - min(32, prefix)) }
}

/// `02:50:0a:64:03:11` of 48 bits.
func macText(_ mac: UInt64) -> String {
  stride(from: 40, through: 0, by: -8).map { shift in
    let byte = String(mac >> UInt64(shift) & 255, radix: 16)
    return byte.count == 1 ? "0" + byte : byte
  }.joined(separator: ":")
}

extension VMSpec {
  /// Tells a directly booted kernel its addresses (kernel, Documentation/admin-guide/nfs/nfsroot.rst), unless the spec
  /// has `ip=` itself.
  mutating func addAddresses(_ ports: [SavedPort]) {
    guard case .kernel(var boot) = boot else { return }
    var line = boot.cmdline ?? ""
    guard !line.split(separator: " ").contains(where: { $0.hasPrefix("ip=") }) else { return }
    for port in ports {
      let words = [
        IPv4.text(port.address), "", IPv4.text(port.gateway), IPv4.text(IPv4.mask(prefix: port.prefix)), name,
        "eth\(port.nic)", "off",
      ]
      if !line.isEmpty { line += " " }
      line += "ip=" + words.joined(separator: ":")
    }
    boot.cmdline = line.isEmpty ? nil : line
    self.boot = .kernel(boot)
  }
}
