import Failure
import Glibc
import Hypervisor
import Linux
import Storage

/// Runs vmfetch: what a server sends is read there, where nothing can be opened and one server be reached.
struct FetchTool: Sendable {
  let room: ToolRoom
  let tool: Tool
  let files: HypervisorFiles
  let settings: FetchSettings

  /// One question to one server.
  struct Question: Sendable {
    var url: FetchURL
    var offset: UInt64
    var most: UInt64
    var validator: String
  }

  /// Most bytes of the file with authorities; Debian's has 200 KiB.
  private static let mostAuthorities = 8 << 20

  /// Asks, and waits for the end of the answer. Blocks.
  /// - Parameters:
  ///   - file: where the bytes are written to.
  ///   - report: a file in memory, which grows meanwhile.
  func ask(_ question: Question, connection: Int32, file: Int32, report: Int32) throws(Failure) {
    let seconds = max(1, settings.timeout.components.seconds)
    var authorities = try NamedFile.null()
    if question.url.scheme == .https {
      authorities = try NamedFile.open(settings.authorities, O_RDONLY, "certificates of authorities")
    }
    let lifeline: DescriptorList
    do throws(Errno) { lifeline = try UnixSocket.pair(.stream) } catch { throw error.failure("run", tool.path) }
    var work = ToolWork(arguments: [
      question.url.text, "\(question.offset)", "\(question.most)", question.validator, "\(seconds)",
    ])
    // The other end is closed when we are gone, however that comes.
    work.passed = [connection, report, lifeline.raw[1], authorities.raw]
    try room.run(
      tool, files, work, operation: "fetch image", object: FetchURL.shown(question.url.text), file: file)
  }

  /// What has been reported by now.
  static func read(_ report: Int32) -> FetchReport {
    FetchReport((try? NamedFile.read(report, "report", FetchReport.longest)) ?? [])
  }
}

