import ArgumentParser
import NodeAPI
package import VMSpec

extension DiskSpec.Bus: ExpressibleByArgument {}
extension NICSpec.Model: ExpressibleByArgument {}

extension Limiquantix_Node_V1_DiskBus {
  /// What the contract calls it.
  init(_ bus: DiskSpec.Bus) {
    self =
      switch bus {
      case .virtio: .virtio
      case .scsi: .scsi
      case .sata: .sata
      case .nvme: .nvme
      }
  }
}

extension Limiquantix_Node_V1_NicModel {
  /// What the contract calls it.
  init(_ model: NICSpec.Model) {
    self =
      switch model {
      case .virtio: .virtio
      case .e1000: .e1000
      case .e1000e: .e1000E
      case .rtl8139: .rtl8139
      }
  }
}
