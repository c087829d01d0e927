import FoundationEssentials
import GRPCCore
import Glibc
import NodeAPI
import NodeCore

/// What the hypervisor process itself has written.
extension NodeDaemon {
  /// Most lines of an answer.
  private static let mostLines = 1000

  func getVMLogs(
    request: Limiquantix_Node_V1_GetVMLogsRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_GetVMLogsResponse {
    let vm = try await refusing { try await fleet.find(request.vmID, operation: "read log") }
    let count = request.lines == 0 ? 100 : min(Self.mostLines, Int(request.lines))
    let path = vm.paths.processLog
    let tail = await documents.run { HypervisorLogTail(path, lines: count) }
    return .with {
      $0.vmID = vm.id
      $0.vmName = vm.name
      $0.qemuLog = tail.lines.joined(separator: "\n")
      $0.logPath = path
      $0.logSizeBytes = tail.size
      $0.linesReturned = UInt32(tail.lines.count)
      $0.truncated = tail.isCut
      $0.lastModified = tail.modified.map { $0.formatted(Date.ISO8601FormatStyle()) } ?? ""
    }
  }
}

/// The end of the log, and how the file was then.
private struct HypervisorLogTail: Sendable {
  var lines: [String] = []
  var size: UInt64 = 0
  /// Whether there is more.
  var isCut = false
  /// Nil without a file.
  var modified: Date?

  init(_ path: String, lines count: Int) {
    var status = stat()
    guard stat(path, &status) == 0 else { return }
    size = UInt64(max(0, status.st_size))
    modified = Date(
      timeIntervalSince1970: Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9)
    // One more than is wanted tells whether there are more.
    let found = LogTail.lines(path, count + 1)
    lines = found.suffix(count)
    isCut = found.count > count || found.reduce(0) { $0 + $1.utf8.count + 1 } < size && size > UInt64(LogTail.window)
  }
}
