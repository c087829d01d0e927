import NodeAPI
import VMSpec

/// The result of `image fetch|status`.
struct DownloadView: Encodable, Sendable {
  var schema = Document.schema
  var job: String
  /// `pending`, `downloading`, `verifying` or `completed`.
  var state: String
  var bytes: UInt64
  /// 0 while nobody has said.
  var totalBytes: UInt64
  var path: String

  enum CodingKeys: String, CodingKey {
    case schema, job, state, bytes, path
    case totalBytes = "total_bytes"
  }

  init(_ progress: Limiquantix_Node_V1_DownloadProgress) {
    job = progress.jobID
    state =
      switch progress.status {
      case .pending: "pending"
      case .downloading: "downloading"
      case .verifying, .converting: "verifying"
      case .completed: "completed"
      case .failed: "failed"
      case .cancelled: "cancelled"
      case .unknown, .UNRECOGNIZED: "unknown"
      }
    bytes = progress.bytesDownloaded
    totalBytes = progress.bytesTotal
    path = progress.path
  }

  func text(headings: Bool) -> String {
    var table = Table(headings: ["JOB", "STATE", "BYTES", "OF", "PATH"])
    table.rows = [[job, state, "\(bytes)", totalBytes == 0 ? "" : "\(totalBytes)", path]]
    return table.text(headings: headings)
  }
}

/// One line that tells a person how far a download is, over and over.
struct DownloadLine {
  let isShown: Bool
  private var width = 0

  init(isShown: Bool) { self.isShown = isShown }

  mutating func show(_ progress: Limiquantix_Node_V1_DownloadProgress) throws {
    guard isShown else { return }
    var words = [DownloadView(progress).state, Size.text(progress.bytesDownloaded)]
    if progress.bytesTotal > 0 { words.append("of \(Size.text(progress.bytesTotal)) (\(progress.progressPercent) %)") }
    if progress.downloadSpeed > 0 { words.append("\(Size.text(progress.downloadSpeed))/s") }
    if progress.etaSeconds > 0 { words.append("\(progress.etaSeconds) s left") }
    let text = words.joined(separator: " ")
    try Standard.error.write("\r" + text + String(repeating: " ", count: max(0, width - text.count)))
    width = text.count
  }

  /// Leaves the line.
  func end() throws { if width > 0 { try Standard.error.write("\n") } }
}
