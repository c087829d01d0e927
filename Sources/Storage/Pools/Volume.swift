package import Failure
package import VMSpec

/// A volume: an image in a pool that belongs to no VM.
package struct Volume: Hashable, Sendable {
  package var id: String
  package var format: DiskSpec.Format
  /// Where it lies.
  package var path: String
  /// Bytes that a guest sees; of one whose header cannot be used, those of the file.
  package var size: UInt64
  /// Why it cannot be used; nil if it can.
  package var trouble: Failure?

  package init(id: String, format: DiskSpec.Format, path: String, size: UInt64, trouble: Failure? = nil) {
    self.id = id
    self.format = format
    self.path = path
    self.size = size
    self.trouble = trouble
  }

  /// What its file is called.
  package static func fileName(_ id: String, _ format: DiskSpec.Format) -> String { "\(id).\(format.rawValue)" }

  /// What the file is called while it is being made. No volume can be called so: names begin with a letter or digit.
  package static func temporaryName(_ id: String, _ format: DiskSpec.Format) -> String {
    temporaryPrefix + fileName(id, format)
  }
  static let temporaryPrefix = ".new-"

  /// Which volume a file is; nil if it is none.
  package static func parse(fileName: String) -> (id: String, format: DiskSpec.Format)? {
    for format in DiskSpec.Format.allCases where fileName.hasSuffix("." + format.rawValue) {
      let id = String(fileName.dropLast(format.rawValue.count + 1))
      if StorageName.trouble(id) == nil { return (id, format) }
    }
    return nil
  }

  /// The volume and the snapshot that `VOLUME@SNAPSHOT` names.
  package static func parse(snapshot text: String, _ operation: String) throws(Failure) -> (
    volume: String, name: String
  ) {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2 else {
      throw Failure(
        .invalid, part: .disk, operation: operation, object: "source_id `\(text.prefix(256))`",
        cause: "it names no snapshot of a volume", remedy: "write VOLUME@SNAPSHOT")
    }
    try StorageName.check(parts[0], "source_id", operation)
    try StorageName.check(parts[1], "source_id", operation)
    return (parts[0], parts[1])
  }

  /// libvirt's form of it as a disk (formatdomain of libvirt, "Hard drives").
  package var diskXML: String {
    "<disk type='file' device='disk'><driver name='qemu' type='\(format.rawValue)'/>"
      + "<source file='\(Self.escaped(path))'/><target dev='vda' bus='virtio'/></disk>"
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("'", with: "&apos;").replacing("\"", with: "&quot;")
  }
}

/// How the room of a volume is had.
package enum Preallocation: String, CaseIterable, Sendable {
  /// As the guest writes.
  case off
  /// At once: the file system cannot be full when the guest writes.
  case falloc
}
