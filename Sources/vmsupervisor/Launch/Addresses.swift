import Hypervisor
import Linux

/// `02:50:0a:64:03:11` of 48 bits.
func macText(_ mac: UInt64) -> String {
  stride(from: 40, through: 0, by: -8).map { shift in
    let byte = String(mac >> UInt64(shift) & 255, radix: 16)
    return byte.count == 1 ? "0" + byte : byte
  }.joined(separator: ":")
}

extension VMSpec {
  /// Tells a directly booted kernel its addresses (kernel, Documentation/admin-guide/nfs/nfsroot.rst), unless the spec
  /// has `ip=` itself. The gateway is the name server too. On an external network, which has no gateway of ours, the
  /// guest is to ask by DHCP.
  mutating func addAddresses(_ ports: [SavedPort]) {
    guard case .kernel(var boot) = boot else { return }
    var line = boot.cmdline ?? ""
    guard !line.split(separator: " ").contains(where: { $0.hasPrefix("ip=") }) else { return }
    for port in ports where port.gateway != 0 {
      let words = [
        IPv4.text(port.address), "", IPv4.text(port.gateway), IPv4.text(IPv4.mask(prefix: port.prefix)), name,
        "eth\(port.nic)", "off", IPv4.text(port.gateway),
      ]
      if !line.isEmpty { line += " " }
      line += "ip=" + words.joined(separator: ":")
    }
    boot.cmdline = line.isEmpty ? nil : line
    self.boot = .kernel(boot)
  }
}
