package import Failure
package import Linux
import VMSpec

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

  /// The same for all cards of a VM that can have it, by their position: all of them, or none.
  func vhostNets(for nics: [NICSpec]) async throws(Failure) -> [Int: DescriptorCell] {
    var devices: [Int: DescriptorCell] = [:]
    for (index, nic) in nics.enumerated() where nic.model == .virtio {
      guard let device = try await vhostNet() else { return [:] }
      devices[index] = device
    }
    return devices
  }
}
