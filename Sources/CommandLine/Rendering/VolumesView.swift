import NodeAPI
import VMSpec

/// The result of `volume list|create`.
struct VolumesView: Encodable, Sendable {
  var schema = Document.schema
  var volumes: [Volume]

  struct Volume: Encodable, Hashable, Sendable {
    var name: String
    var pool: String
    var sizeBytes: UInt64
    var format: String
    var path: String
    /// Id of the VM that has it as a disk; empty if none has.
    var attachedTo: String
    /// Why it cannot be used; empty if it can.
    var trouble: String

    enum CodingKeys: String, CodingKey {
      case name, pool, format, path, trouble
      case sizeBytes = "size_bytes"
      case attachedTo = "attached_to"
    }

    init(_ volume: Limiquantix_Node_V1_VolumeInfoResponse) {
      name = volume.volumeID
      pool = volume.poolID
      sizeBytes = volume.sizeBytes
      format = volume.format
      path = volume.path
      attachedTo = volume.attachedTo
      trouble = volume.trouble
    }
  }

  func text(headings: Bool) -> String {
    var table = Table(headings: ["NAME", "SIZE", "FORMAT", "VM", "TROUBLE", "PATH"])
    table.rows = volumes.map { [$0.name, Size.text($0.sizeBytes), $0.format, $0.attachedTo, $0.trouble, $0.path] }
    return table.text(headings: headings)
  }

  func names() -> String { volumes.map { "\($0.name)\n" }.joined() }
}

/// The result of `volume images`.
struct ImagesView: Encodable, Sendable {
  var schema = Document.schema
  var images: [Image]

  struct Image: Encodable, Hashable, Sendable {
    /// `POOL/PATH`
    var id: String
    var format: String
    var sizeBytes: UInt64
    var path: String

    enum CodingKeys: String, CodingKey {
      case id, format, path
      case sizeBytes = "size_bytes"
    }

    init(_ image: Limiquantix_Node_V1_ImageInfo) {
      id = image.imageID
      format = image.format
      sizeBytes = image.sizeBytes
      path = image.path
    }
  }

  func text(headings: Bool) -> String {
    var table = Table(headings: ["IMAGE", "FORMAT", "BYTES", "PATH"])
    table.rows = images.map { [$0.id, $0.format, "\($0.sizeBytes)", $0.path] }
    return table.text(headings: headings)
  }

  func names() -> String { images.map { "\($0.id)\n" }.joined() }
}
