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
    let authorities = try authorities(question.url.scheme)
    let lifeline = try lifeline(question)
    var work = ToolWork(arguments: [])
    // The other end is closed when we are gone, however that comes.
    work.passed = [connection, report, lifeline.raw[1], authorities.raw]
    try room.run(
      tool, files, work, operation: Downloads.operation, object: FetchURL.shown(question.url.text), file: file)
  }

  /// A file in memory with those who are trusted: the file itself may be where vmfetch may not look. Empty for plain HTTP.
  private func authorities(_ scheme: FetchURL.Scheme) throws(Failure) -> Descriptor {
    let operation = "read authorities"
    let path = settings.authorities
    var content: [UInt8] = []
    if scheme == .https {
      let file = try NamedFile.open(
        path, O_RDONLY, "authorities", missing: "install ca-certificates, or set [Storage] FetchAuthorities=")
      content = try NamedFile.read(file.raw, path, Self.mostAuthorities)
      guard !content.isEmpty, content.count < Self.mostAuthorities else {
        throw Failure(
          .state, part: .image, operation: operation, object: path, cause: "it has \(content.count) bytes",
          remedy: "name a file of certificates: [Storage] FetchAuthorities=")
      }
    }
    do throws(Errno) {
      let memory = try MemoryFile.make("authorities")
      try Files.writeAll(content, to: memory.raw)
      return memory
    } catch {
      throw error.failure(operation, path).of(.image)
    }
  }

  /// Two ends of a connection, of which the second has what is asked for. Not in its command line: that is everybody's to see,
  /// and an address may be a secret.
  private func lifeline(_ question: Question) throws(Failure) -> DescriptorList {
    let seconds = max(1, settings.timeout.components.seconds)
    let lines = [question.url.text, "\(question.offset)", "\(question.most)", question.validator, "\(seconds)", ""]
    do throws(Errno) {
      let ends = try UnixSocket.pair(.stream)
      try Files.writeAll(Array(lines.joined(separator: "\n").utf8), to: ends.raw[0])
      return ends
    } catch {
      throw error.failure("run", tool.path).of(.image)
    }
  }

  /// What has been reported by now.
  static func read(_ report: Int32) -> FetchReport {
    FetchReport((try? NamedFile.read(report, "report", FetchReport.longest)) ?? [])
  }
}
