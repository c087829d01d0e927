import NodeAPI
import Text

/// The result of `pool list|create|show`.
struct PoolsView: Encodable, Sendable {
  var schema = Document.schema
  var pools: [Pool]

  struct Pool: Encodable, Hashable, Sendable {
    var name: String
    var path: String
    var volumes: UInt32
    /// What may be promised, what is, and what can still be; the last is no more than the file system has left.
    var totalBytes: UInt64
    var promisedBytes: UInt64
    var availableBytes: UInt64

    enum CodingKeys: String, CodingKey {
      case name, path, volumes
      case totalBytes = "total_bytes"
      case promisedBytes = "promised_bytes"
      case availableBytes = "available_bytes"
    }

    init(_ pool: Limiquantix_Node_V1_StoragePoolInfoResponse) {
      name = pool.poolID
      path = pool.mountPath
      volumes = pool.volumeCount
      totalBytes = pool.totalBytes
      promisedBytes = pool.usedBytes
      availableBytes = pool.availableBytes
    }
  }

  func text(headings: Bool) -> String {
    var table = Table(headings: ["NAME", "VOLUMES", "TOTAL", "PROMISED", "AVAILABLE", "FOLDER"])
    table.rows = pools.map { pool in
      [
        pool.name, "\(pool.volumes)", Quantity.bytes(pool.totalBytes), Quantity.bytes(pool.promisedBytes),
        Quantity.bytes(pool.availableBytes), pool.path,
      ]
    }
    return table.text(headings: headings)
  }

  func names() -> String { pools.map { "\($0.name)\n" }.joined() }
}

/// The result of `pool files`.
struct PoolFilesView: Encodable, Sendable {
  var schema = Document.schema
  var pool: String
  var files: [File]

  struct File: Encodable, Hashable, Sendable {
    var path: String
    var type: String
    var sizeBytes: UInt64
    var modified: String
    var permissions: String

    enum CodingKeys: String, CodingKey {
      case path, type, modified, permissions
      case sizeBytes = "size_bytes"
    }

    init(_ file: Limiquantix_Node_V1_StoragePoolFileEntry) {
      path = file.path
      type = file.fileType
      sizeBytes = file.sizeBytes
      modified = file.modifiedAt
      permissions = file.permissions
    }
  }

  func text(headings: Bool) -> String {
    var table = Table(headings: ["TYPE", "MODE", "BYTES", "MODIFIED", "PATH"])
    table.rows = files.map { [$0.type, $0.permissions, "\($0.sizeBytes)", $0.modified, $0.path] }
    return table.text(headings: headings)
  }

  func names() -> String { files.map { "\($0.path)\n" }.joined() }
}
