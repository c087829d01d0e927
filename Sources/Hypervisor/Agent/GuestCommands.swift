public import Failure
import FoundationEssentials

extension GuestAgent {
  /// Most bytes of standard input for a program: the agent takes them in one message.
  public static let inputLimit = 1 << 20

  /// Asks for a sign of life (`guest-ping`).
  public func ping(timeout: Duration = .seconds(5)) async throws(Failure) {
    _ = try await request("guest-ping", timeout: timeout)
  }

  /// Asks what the agent can do (`guest-info`).
  public func info() async throws(Failure) -> GuestAgentInfo { AgentMessage.info(try await request("guest-info")) }

  /// Time of the guest in nanoseconds since 1970 (`guest-get-time`).
  public func time() async throws(Failure) -> Int64 {
    guard let time = try await request("guest-get-time").integer else { throw Self.malformed("guest-get-time") }
    return time
  }

  /// The guest's network cards (`guest-network-get-interfaces`).
  public func networkInterfaces() async throws(Failure) -> [GuestInterface] {
    AgentMessage.interfaces(try await request("guest-network-get-interfaces"))
  }

  /// Powers the guest off or starts it again (`guest-shutdown`), which has no answer when it succeeds: follow QMP.
  public func shutdown(_ mode: GuestShutdownMode) async throws(Failure) {
    _ = try await request(
      "guest-shutdown", arguments: ["mode": .string(mode.rawValue)], answers: false, timeout: .seconds(1))
  }

  /// Runs a program in the guest and waits for its end (`guest-exec`, `guest-exec-status`).
  /// - Parameters:
  ///   - path: the program, looked up in the agent's PATH.
  ///   - environment: `NAME=value`; empty leaves the agent's own.
  ///   - input: what it reads from standard input.
  ///   - capture: whether to collect what it writes.
  ///   - timeout: how long to wait; nil waits for ever. The program runs on after it.
  public func exec(
    _ path: String, arguments: [String] = [], environment: [String] = [], input: [UInt8] = [], capture: Bool = true,
    timeout: Duration? = nil
  ) async throws(Failure) -> GuestProgramResult {
    guard input.count <= Self.inputLimit else {
      throw Failure(
        .invalid, step: "run in guest", object: path,
        cause: "\(input.count) bytes of input, \(Self.inputLimit) is the most", cure: "copy the data by another way")
    }
    var message: [String: JSON] = [
      "path": .string(path), "arg": .array(arguments.map(JSON.string)), "capture-output": .bool(capture),
    ]
    if !environment.isEmpty { message["env"] = .array(environment.map(JSON.string)) }
    if !input.isEmpty { message["input-data"] = .string(Data(input).base64EncodedString()) }
    let started = try await request("guest-exec", arguments: .object(message))
    guard let pid = started["pid"]?.integer else { throw Self.malformed("guest-exec") }
    return try await outcome(of: pid, path, timeout)
  }

  private func outcome(of pid: Int64, _ path: String, _ timeout: Duration?) async throws(Failure) -> GuestProgramResult
  {
    let end = timeout.map { ContinuousClock.now + $0 }
    var pause = 5
    while true {
      let status = try await request("guest-exec-status", arguments: ["pid": .integer(pid)])
      if status["exited"]?.bool == true { return try Self.result(status) }
      if let end, ContinuousClock.now >= end {
        throw Failure(
          .timeout, step: "run in guest", object: path, cause: "it still runs (pid \(pid) in the guest)",
          cure: "allow more time, or end it inside the guest")
      }
      do {
        try await Task.sleep(for: .milliseconds(pause))
      } catch {
        throw Failure(
          .unavailable, step: "run in guest", object: path, cause: "cancelled; it still runs (pid \(pid) in the guest)")
      }
      pause = min(100, pause * 3 / 2 + 1)
    }
  }

  static func result(_ status: JSON) throws(Failure) -> GuestProgramResult {
    func number(_ key: String) -> Int32? { status[key]?.integer.map { Int32(truncatingIfNeeded: $0) } }
    func bytes(_ key: String) throws(Failure) -> [UInt8] {
      guard let text = status[key]?.string else { return [] }
      guard let data = Data(base64Encoded: text) else { throw malformed(key) }
      return Array(data)
    }
    let end: GuestProgramResult.End
    if let signal = number("signal") {
      end = .signalled(signal)
    } else if let code = number("exitcode") {
      end = .exited(code)
    } else {
      throw malformed("guest-exec-status")
    }
    return GuestProgramResult(
      end: end, output: try bytes("out-data"), errors: try bytes("err-data"),
      isTruncated: status["out-truncated"]?.bool == true || status["err-truncated"]?.bool == true)
  }

  private static func malformed(_ what: String) -> Failure {
    Failure(.protocol, step: "read guest agent's answer", object: what, cause: "it does not have the promised form")
  }
}
