/// One disk of the guest.
package struct DiskSpec: Sendable, Hashable {
  /// Layout of the image file.
  package enum Format: String, Codable, Sendable, Hashable, CaseIterable {
    /// QEMU's own format: grows as needed, snapshots.
    case qcow2
    /// The bytes of the disk as they are.
    case raw
  }

  /// Name within the VM; nil is `diskN` with its place from 0.
  package var name: String?
  /// Image file; nil is a file in the VM's own folder.
  package var path: String?
  /// Layout of the image file.
  package var format: Format
  /// Whether nobody has said the format, so that it is what the name of the file is usual for.
  package var isFormatGuessed: Bool
  /// Whether the guest can only read.
  package var readonly: Bool
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
    name: String? = nil, path: String? = nil, format: Format = .qcow2, isFormatGuessed: Bool = false,
    readonly: Bool = false, size: UInt64? = nil, backing: String? = nil, iops: Int? = nil, throughput: UInt64? = nil
  ) {
    self.name = name
    self.path = path
    self.format = format
    self.isFormatGuessed = isFormatGuessed
    self.readonly = readonly
    self.size = size
    self.backing = backing
    self.iops = iops
    self.throughput = throughput
  }

  /// The name it goes by at place `index` of the list.
  package func effectiveName(at index: Int) -> String { name ?? "disk\(index)" }

  /// The file name in the VM's own folder, for a disk without a path.
  package func fileName(at index: Int) -> String { "\(effectiveName(at: index)).\(format.rawValue)" }
}
