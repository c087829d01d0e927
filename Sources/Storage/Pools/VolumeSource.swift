package import Failure
import Glibc
package import Linux
package import VMSpec

/// What a new volume is a copy of: an image that was looked at, and is open.
package struct VolumeSource: Sendable {
  package let file: DescriptorCell
  package let path: String
  package let format: DiskSpec.Format
  /// Bytes that a guest sees of it.
  package let size: UInt64
  /// The internal snapshot that is meant; nil is the present state.
  package var snapshot: String?

  /// Opens an image in a pool.
  /// - Parameters:
  ///   - path: from the pool's folder on.
  ///   - format: nil: what it is by its content. A volume's is known: a guest could write another into it.
  ///   - holders: who has it open for writing is asked there.
  package static func open(
    _ path: String, in folder: PoolFolder, format: DiskSpec.Format?, holders: ImageHolders, _ operation: String
  ) throws(Failure) -> VolumeSource {
    let whole = folder.pool.path + "/" + path
    let file = try folder.openFile(path, O_RDONLY, operation)
    let head = try NamedFile.read(file.raw, whole, ImageHeader.length)
    if format == nil { try ImageHeader.checkReadOnly(head, path: whole, mayBeQcow2: true) }
    let chosen = format ?? ImageHeader.format(of: head)
    let size = try PoolFolder.imageSize(file.raw, whole, chosen)
    try holders.check(file.raw, whole, "image", writing: false, for: "")
    return VolumeSource(file: DescriptorCell(file), path: whole, format: chosen, size: size)
  }

  /// The size of a volume for which `wanted` is asked, in whole sectors; 0 is that of the source.
  package func size(for wanted: UInt64, _ operation: String) throws(Failure) -> UInt64 {
    let least = (size + 511) / 512 * 512
    if wanted == 0 { return least }
    guard wanted >= size else {
      throw Failure(
        .invalid, part: .disk, operation: operation, object: "size_bytes \(wanted)",
        cause: "it is less than the \(size) bytes of what is copied", remedy: "ask for a larger size, or 0 for the same"
      )
    }
    return wanted
  }
}
