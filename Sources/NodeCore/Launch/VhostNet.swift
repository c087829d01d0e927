package import Failure
package import Linux

extension NetdLink {
  /// `/dev/vhost-net` for one network card: the kernel then moves its packets, without the hypervisor.
  /// - Returns: nil where the host has none, or netd does not hand it out; packets go through the hypervisor then.
  /// - Throws: `.unavailable` if netd is not there.
  package func vhostNet() async throws(Failure) -> DescriptorCell? {
    do throws(Failure) { return try await device(.vhostNet, waiting: true) } catch {
      if error.code == .unavailable { throw error }
      return nil
    }
  }

  /// The same for several cards: as many as there are, or none.
  func vhostNets(_ count: Int) async throws(Failure) -> [DescriptorCell] {
    var devices: [DescriptorCell] = []
    for _ in 0..<count {
      guard let device = try await vhostNet() else { return [] }
      devices.append(device)
    }
    return devices
  }
}
