import Failure
import Hypervisor
import Linux
import NIOCore
import NIOPosix

/// Asks a guest once whether it does its work.
enum GuestProbe {
  static let operation = "check health"

  /// Where a service of a guest is.
  struct Target: Sendable {
    var host: String
    var port: Int
    var text: String { "\(host):\(port)" }
  }

  /// Bytes of an answer in which its first line has to be.
  private static let longestLine = 4096

  /// - Throws: `.state` if the guest has no address.
  static func target(_ address: UInt32?, _ port: Int?) throws(Failure) -> Target {
    guard let address, address != 0, let port else {
      throw Failure(
        .state, part: .health, operation: operation, cause: "the guest has no address of ours",
        remedy: "give it a network card, or check its health by agent or exec")
    }
    return Target(host: IPv4.text(address), port: port)
  }

  /// What a check by a program found: its words are the guest's, and not everybody may see them.
  struct ProgramFinding: Sendable {
    /// Why it failed; nil if it was good.
    var failure: Failure?
    /// The last line of what it wrote, as text: what is not UTF-8 has become U+FFFD.
    var said = ""
  }

  /// Most bytes of either output of a check.
  private static let longestOutput = 1 << 20

  /// Runs a program in the guest, which has to end with status 0.
  static func run(
    _ command: [String], by agent: GuestAgent, timeout: Duration
  ) async throws(Failure) -> ProgramFinding {
    guard let program = command.first else { return ProgramFinding() }
    let result = try await agent.exec(
      program, arguments: Array(command.dropFirst()), timeout: timeout, outputLimit: longestOutput)
    guard result.end != .exited(0) else { return ProgramFinding() }
    let bytes = result.errors.isEmpty ? result.output : result.errors
    let said = String(decoding: bytes.suffix(4096), as: UTF8.self)
    let last = said.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) } ?? ""
    let how =
      switch result.end {
      case .exited(let status): "ended with status \(status)"
      case .signalled(let number): "was ended by signal \(number)"
      }
    let failure = Failure(
      .state, part: .health, operation: operation, object: program, cause: "\(program) \(how)",
      remedy: "see to the service in the guest")
    return ProgramFinding(failure: failure, said: String(last.prefix(200)))
  }

  /// Connects, which has to succeed.
  static func connect(to target: Target, timeout: Duration) async throws(Failure) {
    _ = try await within(timeout, target) {
      let channel = try await bootstrap(timeout).connect(host: target.host, port: target.port).get()
      try? await channel.close().get()
      return true
    }
  }

  /// Asks for a page, whose status has to be 200 to 399.
  static func get(_ path: String, from target: Target, timeout: Duration) async throws(Failure) {
    let line = try await within(timeout, target) {
      let channel = try await bootstrap(timeout).connect(host: target.host, port: target.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
      return try await channel.executeThenClose { inbound, outbound in
        let request =
          "GET \(path) HTTP/1.1\r\nHost: \(target.text)\r\nUser-Agent: procurator\r\nAccept: */*\r\nConnection: close\r\n\r\n"
        try await outbound.write(ByteBuffer(string: request))
        var answer = ""
        for try await part in inbound {
          answer += String(buffer: part)
          if let end = answer.firstIndex(where: \.isNewline) { return String(answer[..<end]) }
          // Nothing that follows can make it a line that is one.
          if answer.utf8.count >= longestLine { break }
        }
        return answer
      }
    }
    // RFC 9112, section 4: `HTTP/1.1 200 OK`.
    let words = line.split(separator: " ")
    guard words.count >= 2, words[0].hasPrefix("HTTP/"), let status = Int(words[1]) else {
      throw Failure(
        .protocol, part: .health, operation: operation, object: target.text,
        cause: "\(target.text) does not answer in HTTP",
        remedy: "see to the service in the guest, or use check: tcp")
    }
    guard (200...399).contains(status) else {
      throw Failure(
        .state, part: .health, operation: operation, object: target.text,
        cause: "\(target.text)\(path) answers with status \(status)",
        remedy: "see to the service in the guest")
    }
  }

  private static func bootstrap(_ timeout: Duration) -> ClientBootstrap {
    ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connectTimeout(.milliseconds(timeout.milliseconds))
  }

  /// Runs `body` for at most that long.
  private static func within<R: Sendable>(
    _ timeout: Duration, _ target: Target, _ body: @escaping @Sendable () async throws -> R
  ) async throws(Failure) -> R {
    let outcome = await withTaskGroup(of: Result<R, any Error>?.self) { group in
      group.addTask {
        do { return .success(try await body()) } catch { return .failure(error) }
      }
      group.addTask {
        try? await Task.sleep(for: timeout)
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
    let remedy = "see to the service in the guest, and that its firewall lets the host in"
    switch outcome {
    case .success(let result): return result
    case .failure(let error):
      throw Failure(
        .unavailable, part: .health, operation: operation, object: target.text,
        cause: "\(target.text): \(words(error))",
        remedy: remedy)
    case nil:
      throw Failure(
        .timeout, part: .health, operation: operation, object: target.text,
        cause: "\(target.text) does not answer within \(timeout.components.seconds) s", remedy: remedy)
    }
  }

  private static func words(_ error: any Error) -> String {
    let cause = (error as? NIOConnectionError)?.connectionErrors.first?.error ?? error
    if let cause = cause as? IOError { return Errno(cause.errnoCode).description }
    return "\(cause)"
  }
}
