import Failure
import NodeAPI
import VMSpec

extension DiskSpec.Bus {
  /// What the contract calls so.
  /// - Parameter field: its place, for the refusal.
  /// - Throws: `.unsupported` for what the board does not have.
  init(_ bus: Limiquantix_Node_V1_DiskBus, _ field: String, operation: String) throws(Failure) {
    switch bus {
    case .virtio: self = .virtio
    case .scsi: self = .scsi
    case .sata: self = .sata
    case .nvme: self = .nvme
    case .ide, .UNRECOGNIZED:
      throw Failure(
        .unsupported, operation: operation, object: field, cause: "the board has no such bus: \(bus)",
        remedy: "use virtio (0), SCSI (1), SATA (2) or NVMe (1000)")
    }
  }
}

extension Limiquantix_Node_V1_DiskSpec {
  /// A disk of a VM, as CreateVM would take it.
  /// - Parameter made: where the image is if the specification names none.
  init(_ disk: DiskSpec, name: String, _ made: String) {
    self.init()
    id = name
    path = disk.path ?? made
    // An image need not be a whole number of them.
    sizeGib = ((disk.size ?? 0) + (1 << 30) - 1) >> 30
    bus =
      switch disk.bus {
      case .virtio: .virtio
      case .scsi: .scsi
      case .sata: .sata
      case .nvme: .nvme
      }
    format = disk.format == .raw ? .raw : .qcow2
    readonly = disk.readonly
    iopsLimit = UInt64(clamping: disk.iops ?? 0)
    throughputMbps = UInt64(clamping: disk.throughput ?? 0) / 1_000_000
    backingFile = disk.backing ?? ""
  }
}

extension NICSpec.Model {
  /// What the contract calls so.
  /// - Parameter field: its place, for the refusal.
  /// - Throws: `.unsupported` for any other.
  init(_ model: Limiquantix_Node_V1_NicModel, _ field: String, operation: String) throws(Failure) {
    switch model {
    case .virtio: self = .virtio
    case .e1000: self = .e1000
    case .rtl8139: self = .rtl8139
    case .e1000E: self = .e1000e
    case .UNRECOGNIZED:
      throw Failure(
        .unsupported, operation: operation, object: field, cause: "there is no such card: \(model)",
        remedy: "use virtio (0), E1000 (1), RTL8139 (2) or E1000E (1000)")
    }
  }
}
