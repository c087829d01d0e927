import Failure
import GRPCCore
import NodeAPI
import NodeCore
import SwiftProtobuf

/// Images that are fetched, by the contract.
extension NodeDaemon {
  private var downloads: Downloads { fleet.context.downloads }

  /// How often it is looked whether something has changed.
  private static let pause: Duration = .milliseconds(400)

  func downloadImage(
    request: Limiquantix_Node_V1_DownloadImageOnNodeRequest, response: RPCWriter<Limiquantix_Node_V1_DownloadProgress>,
    context: ServerContext
  ) async throws {
    let id = try await refusing {
      let pool = try await fleet.context.pools.pool(ofDownload: request.poolID, folder: request.targetDir)
      return try await downloads.start(
        .init(
          id: request.jobID, imageID: request.imageID, url: request.url, pool: pool, name: request.filename,
          checksum: request.checksum, checksumType: request.checksumType))
    }
    let jobs = downloads
    // The download itself goes on without whoever asked for it.
    try await whileCalled(context.cancellation) {
      var told: Limiquantix_Node_V1_DownloadProgress?
      while true {
        let status = try await refusing { try await jobs.status(id) }
        let progress = Limiquantix_Node_V1_DownloadProgress(status)
        if progress != told { try await response.write(progress) }
        if status.download.stage.isOver { return }
        told = progress
        try await Task.sleep(for: Self.pause)
      }
    }
  }

  func getDownloadStatus(
    request: Limiquantix_Node_V1_GetDownloadStatusRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_DownloadProgress {
    try await refusing { .init(try await downloads.status(request.jobID)) }
  }

  func cancelDownload(
    request: Limiquantix_Node_V1_CancelDownloadRequest, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    try await refusing {
      try await downloads.cancel(request.jobID)
      return Google_Protobuf_Empty()
    }
  }
}

extension Limiquantix_Node_V1_DownloadProgress {
  init(_ status: DownloadStatus) {
    self.init()
    let download = status.download
    jobID = download.id
    imageID = download.imageID.isEmpty ? "\(download.pool)/images/\(download.name)" : download.imageID
    self.status =
      switch download.stage {
      case .pending: .pending
      case .fetching: .downloading
      case .verifying, .placing: .verifying
      case .completed: .completed
      case .failed: .failed
      case .cancelled: .cancelled
      }
    progressPercent = status.percent
    bytesDownloaded = status.bytes
    bytesTotal = download.total ?? 0
    downloadSpeed = status.rate
    etaSeconds = status.remaining
    path = status.path
    guard let failure = download.failure else { return }
    error = "\(failure)"
    errorCode = failure.code.rawValue
    errorCause = failure.cause
    errorRemedy = failure.remedy
  }
}
