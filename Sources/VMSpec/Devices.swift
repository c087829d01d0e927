/// One disk of the guest.
package struct DiskSpec: Sendable, Hashable {
  /// Layout of the image file.
  package enum Format: String, Codable, Sendable, Hashable, CaseIterable {
    /// QEMU's own format: grows as needed, snapshots.
    case qcow2
    /// The bytes of the disk as they are.
    case raw
  }

  /// What the guest finds the disk on.
  package enum Bus: String, Codable, Sendable, Hashable, CaseIterable {
    /// A device of virtio for each disk: the fastest, for guests that have its driver.
    case virtio
    /// A controller of virtio for all SCSI disks and CD drives, which a guest has if it was started with one of them.
    case scsi
    /// The board's own controller, which every system knows. It takes no disk while the guest runs.
    case sata
    /// A controller of NVM Express for each disk.
    case nvme

    /// Whether a disk on it can come and go while the guest runs.
    package var isPluggable: Bool { self != .sata }
    /// Whether a disk on it that comes later is a device of the board, with a root port for itself.
    package var hasOwnPort: Bool { self == .virtio || self == .nvme }
    /// Whether a guest that runs is told that a disk on it has grown.
    package var isGrowable: Bool { self == .virtio || self == .scsi }
    /// Whether a guest is told that it can only read a disk on it. QEMU starts no SATA disk that is read only, and says
    /// nothing of it to the guest of an NVMe one (hw/ide/core.c, hw/nvme/ns.c).
    package var canBeReadonly: Bool { self == .virtio || self == .scsi }
  }

  /// Name within the VM; nil is `diskN` with its place from 0.
  package var name: String?
  /// Image file; nil is a file in the VM's own folder.
  package var path: String?
  /// Pool that the image at `path` was made in and belongs to the VM, with which it goes; nil: it was not made in a pool.
  /// In a request: the pool that `path` is in, or that a new image is to be made in.
  package var pool: String?
  /// Layout of the image file.
  package var format: Format
  /// Whether nobody has said the format, so that it is what the name of the file is usual for.
  package var isFormatGuessed: Bool
  /// What the guest finds it on.
  package var bus: Bus
  /// Whether the guest can only read.
  package var readonly: Bool
  /// Whether firmware looks at it before those disks that are not.
  package var bootable: Bool
  /// Bytes to create the image with if it is missing; nil: it has to exist.
  package var size: UInt64?
  /// Image that a new one in the VM's own folder is a layer of; nil: a new one is empty.
  package var backing: String?
  /// Reads and writes together, per second; nil is no limit.
  package var iops: Int?
  /// Bytes read and written together, per second; nil is no limit.
  package var throughput: UInt64?

  /// Makes a disk.
  package init(
    name: String? = nil, path: String? = nil, pool: String? = nil, format: Format = .qcow2,
    isFormatGuessed: Bool = false,
    bus: Bus = .virtio, readonly: Bool = false, bootable: Bool = false, size: UInt64? = nil,
    backing: String? = nil, iops: Int? = nil, throughput: UInt64? = nil
  ) {
    self.name = name
    self.path = path
    self.pool = pool
    self.format = format
    self.isFormatGuessed = isFormatGuessed
    self.bus = bus
    self.readonly = readonly
    self.bootable = bootable
    self.size = size
    self.backing = backing
    self.iops = iops
    self.throughput = throughput
  }

  /// Whether a guest that runs can let go of it.
  package func isDetachable(at place: DeviceAddresses.Address) -> Bool {
    bus.isPluggable && (place.port != nil || !bus.hasOwnPort)
  }

  /// The name it goes by at place `index` of the list.
  package func effectiveName(at index: Int) -> String { name ?? "disk\(index)" }

  /// The file name in the VM's own folder, for a disk without a path.
  package func fileName(at index: Int) -> String { "\(effectiveName(at: index)).\(format.rawValue)" }
}
