package import Failure
import Glibc
package import Linux
package import VMSpec

/// An image that disks of VMs are layers of, such as a cloud image. It is only ever read.
package struct BackingImage: ~Copyable {
  package let path: String
  package let format: DiskSpec.Format
  /// Bytes that a guest sees of it.
  let virtualSize: UInt64
  package let descriptor: Descriptor

  /// Opens it and looks what it is.
  /// - Throws: `.invalid` for an image that is itself a layer: only one below the disk can be handed over.
  package static func open(_ path: String) throws(Failure) -> BackingImage {
    let file = try NamedFile.open(path, O_RDONLY, "image below a disk", as: .fileOrVolume)
    let head = try NamedFile.read(file.raw, path, ImageHeader.length)
    try ImageHeader.checkReadOnly(head, path: path, mayBeQcow2: true)
    let format = ImageHeader.format(of: head)
    let size = NamedFile.size(file.raw)
    try ImageHeader.check(head, size: size, format: format, path: path)
    if format == .qcow2, let size { try DiskImage.checkTable(head, file.raw, path, size) }
    // A raw image, and a block device, has its end there.
    let visible = ImageHeader.virtualSize(head) ?? UInt64(max(0, lseek(file.raw, 0, SEEK_END)))
    return BackingImage(path: path, format: format, virtualSize: visible, descriptor: file)
  }

  /// The size of a layer for which `wanted` is asked; without a request it is that of the image, in whole sectors.
  package func size(under wanted: UInt64?) throws(Failure) -> UInt64 {
    guard let wanted else {
      let (rounded, overflow) = virtualSize.addingReportingOverflow(511)
      return overflow ? virtualSize : rounded / 512 * 512
    }
    guard wanted >= virtualSize else {
      throw Failure(
        .invalid, operation: "create disk", object: path,
        cause: "a disk of \(Size.text(wanted)) is smaller than the image below it, \(Size.text(virtualSize))",
        remedy: "ask for a larger size, or leave it out")
    }
    return wanted
  }

  /// The formats of what is below the disks of `spec`, by position.
  package static func formats(_ spec: VMSpec) throws(Failure) -> [Int: DiskSpec.Format] {
    var formats: [Int: DiskSpec.Format] = [:]
    for (index, disk) in spec.disks.enumerated() {
      if let path = disk.backing { formats[index] = try open(path).format }
    }
    return formats
  }

  /// Gives the descriptor away.
  package consuming func take() -> Descriptor { descriptor }
}
