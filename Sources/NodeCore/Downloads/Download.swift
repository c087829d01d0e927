package import Failure
package import FoundationEssentials
package import Storage

/// An image that is being fetched into a pool, or was: its record, from which a later life of the supervisor goes on.
package struct Download: Codable, Hashable, Sendable {
  /// Layout of its record; a reader that does not know it leaves it alone.
  package var schema = Download.currentSchema
  /// The job's, which the caller has chosen.
  package var id: String
  /// What the caller calls the image.
  package var imageID: String
  package var url: String
  package var pool: String
  /// Of its file, in the folder of images.
  package var name: String
  package var checksum: FetchChecksum?
  package var stage = Stage.pending
  /// Of the version that is being fetched; empty if it cannot be asked for once more.
  package var validator = ""
  /// The boot in which the bytes were written that are there: after a power cut some may be none.
  package var boot = ""
  /// Bytes of the whole file; nil while nobody has said.
  package var total: UInt64?
  /// Bytes that have come, when it was over.
  package var bytes: UInt64 = 0
  /// Number of the file that gets its name, by which a later life knows whether it has it.
  package var inode: UInt64?
  package var failure: Failure?
  package var createdAt: Date

  package static let currentSchema = "procurator.download.v1"

  package enum Stage: String, Codable, Sendable {
    case pending, fetching, verifying
    /// The file gets its name next, or has it.
    case placing
    case completed, failed, cancelled

    package var isOver: Bool { self == .completed || self == .failed || self == .cancelled }
  }

  package init(
    id: String, imageID: String, url: String, pool: String, name: String, checksum: FetchChecksum?, createdAt: Date
  ) {
    self.id = id
    self.imageID = imageID
    self.url = url
    self.pool = pool
    self.name = name
    self.checksum = checksum
    self.createdAt = createdAt
  }

  /// Whether a request for `other` asks for this one.
  func isSame(as other: Download) -> Bool {
    url == other.url && pool == other.pool && name == other.name && checksum == other.checksum
      && imageID == other.imageID
  }

  /// What it is called among what is being made in its pool. No volume has such a name.
  var reservation: String { StoragePool.imageFolder + "/" + name }
}

/// How a download stands.
package struct DownloadStatus: Hashable, Sendable {
  package var download: Download
  /// Where the image is, or is going to be.
  package var path: String
  package var bytes: UInt64
  /// Bytes a second, since this life of the supervisor began to fetch.
  package var rate: UInt64

  /// 0 to 100; 0 while the size is not known.
  package var percent: UInt32 {
    if download.stage == .completed { return 100 }
    guard let total = download.total, total > 0 else { return 0 }
    return UInt32(min(100, Double(min(bytes, total)) / Double(total) * 100))
  }

  /// Seconds until all bytes are there; 0 if that is not known.
  package var remaining: UInt32 {
    guard download.stage == .fetching, let total = download.total, rate > 0, total > bytes else { return 0 }
    return UInt32(clamping: (total - bytes - 1) / rate + 1)
  }
}
