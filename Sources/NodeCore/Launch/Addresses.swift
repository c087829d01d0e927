import Linux
import VMSpec

extension VMSpec {
  /// Tells a directly booted kernel its addresses (kernel, Documentation/admin-guide/nfs/nfsroot.rst), unless the spec
  /// has `ip=` itself. The gateway is the name server too. On an external network, which has no gateway of ours, the
  /// guest is to ask by DHCP.
  /// - Parameter addresses: where the network cards are; the kernel counts those on the board first, then those in ports.
  mutating func addAddresses(_ ports: [SavedPort], _ addresses: [DeviceAddresses.Address]) {
    guard case .kernel(var boot) = boot else { return }
    var line = KernelLine(boot.cmdline ?? "")
    guard !line.has("ip") else { return }
    let order = addresses.sorted { ($0.port ?? -1, $0.number) < ($1.port ?? -1, $1.number) }.map(\.number)
    for port in ports where port.gateway != 0 {
      guard let device = order.firstIndex(of: Int(port.nic)) else { continue }
      let words = [
        IPv4.text(port.address), "", IPv4.text(port.gateway), IPv4.text(IPv4.mask(prefix: port.prefix)), name,
        "eth\(device)", "off", IPv4.text(port.gateway),
      ]
      line.add("ip=" + words.joined(separator: ":"))
    }
    boot.cmdline = line.text.isEmpty ? nil : line.text
    self.boot = .kernel(boot)
  }
}
