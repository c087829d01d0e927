package import Failure
import FoundationEssentials
package import Text

/// Running programs in a guest (`guest-exec`, `guest-exec-status`).
extension GuestAgent {
  /// Bytes that the agent keeps of each output of a program (`GUEST_EXEC_MAX_OUTPUT` of QEMU); it drops what follows.
  package static let outputLimit = 16 << 20

  static let runStep = "run in guest"

  /// Starts a program and waits for its end.
  ///
  /// The agent tells the end only when nobody holds the program's outputs any more. After a second the guest's kernel is
  /// asked whether the program itself still lives.
  /// - Parameters:
  ///   - timeout: how long it may take; nil waits for ever. The program runs on after it.
  ///   - isHeld: told once that the program has ended and something else holds its output.
  package func run(
    _ program: GuestProgram, timeout: Duration? = nil, isHeld: @Sendable () async -> Void = {}
  ) async throws(Failure) -> GuestProgramOutcome {
    let message = try program.message()
    let deadline = timeout.map { ContinuousClock.now + $0 }
    let pid: Int64
    do throws(Failure) {
      pid = try await start(program, message, deadline)
    } catch {
      if error.code == .timeout, let deadline, .now >= deadline { return .late(.agentSilent) }
      guard error.code == .system else { throw error }
      return .notStarted(GuestProgramRefusal(words: error.cause))
    }
    return try await outcome(of: pid, program, deadline, isHeld)
  }

  /// Starts a program whose end nobody waits for, and whose output nobody wants.
  /// - Returns: its number in the guest; why it was not started is thrown.
  package func start(_ program: GuestProgram) async throws(Failure) -> Int64 {
    var program = program
    program.captures = false
    return try await start(program, program.message(), nil)
  }

  private func start(
    _ program: GuestProgram, _ message: JSON, _ deadline: ContinuousClock.Instant?
  ) async throws(Failure) -> Int64 {
    // The agent reads 4 KiB at a time, one byte after the other: a slow guest needs seconds for megabytes.
    let answerTimeout: Duration = program.input.count > 64 << 10 ? .seconds(60) : .seconds(10)
    let started = try await request("guest-exec", arguments: message, timeout: answerTimeout, deadline: deadline)
    guard let pid = started["pid"]?.integer else { throw Self.malformed("guest-exec") }
    return pid
  }

  /// The same as `run` for whom everything but its end is a failure.
  package func exec(
    _ path: String, arguments: [String] = [], environment: [String] = [], input: [UInt8] = [], capture: Bool = true,
    timeout: Duration? = nil, outputLimit: Int = GuestAgent.outputLimit
  ) async throws(Failure) -> GuestProgramResult {
    let program = GuestProgram(
      path, arguments: arguments, environment: environment, input: input, captures: capture, outputLimit: outputLimit)
    switch try await runToEnd(program, timeout: timeout) {
    case .ended(let result): return result
    case .notStarted(let refusal):
      throw Failure(
        .system, part: .agent, operation: Self.runStep, object: path, cause: refusal.words,
        remedy: "name a program that is there and may be executed in the guest")
    case .late(let delay): throw delay.failure(path, timeout ?? .zero)
    }
  }

  private func outcome(
    of pid: Int64, _ program: GuestProgram, _ deadline: ContinuousClock.Instant?, _ isHeld: @Sendable () async -> Void
  ) async throws(Failure) -> GuestProgramOutcome {
    let bounds = program.captures ? AnswerBounds.encoded(program.outputLimit, texts: 2) : .short
    let begun = ContinuousClock.now
    var watch = GuestProcessWatch()
    var heard = ContinuousClock.now
    while true {
      let status: JSON
      do throws(Failure) {
        status = try await request(
          "guest-exec-status", arguments: ["pid": .integer(pid)], deadline: deadline, bounds: bounds)
      } catch {
        guard error.code == .timeout, let deadline, .now >= deadline else { throw error }
        if watch.isHeld { return .late(.outputHeld(pid: pid)) }
        // The last question is asked when the time is as good as up: its answer may be late without the agent being silent.
        return .late(.now - heard < .seconds(1) ? .runs(pid: pid) : .agentSilent)
      }
      heard = .now
      if status["exited"]?.bool == true { return .ended(try Self.result(status)) }
      // It was gone before this question, and the agent still does not say so.
      if watch.confirm() { await isHeld() }
      if let deadline, .now >= deadline { return .late(watch.isHeld ? .outputHeld(pid: pid) : .runs(pid: pid)) }
      if program.captures, watch.isDue(before: deadline) {
        watch.saw(await process(pid, deadline))
        continue
      }
      let pause = pause(after: .now - begun)
      do {
        try await Task.sleep(for: deadline.map { min(pause, max(.zero, $0 - .now)) } ?? pause)
      } catch {
        throw Failure(
          .unavailable, part: .agent, operation: Self.runStep, object: program.path,
          cause: "cancelled; it still runs (pid \(pid) in the guest)")
      }
    }
  }

  /// Until a program that has run for so long is asked for again: its end is told at most a tenth of that late, and a
  /// guest with a long one is not kept busy by questions.
  private func pause(after elapsed: Duration) -> Duration {
    min(.milliseconds(100), max(.milliseconds(1), elapsed / 10))
  }

  package static func result(_ status: JSON) throws(Failure) -> GuestProgramResult {
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
    let (output, errors) = (try bytes("out-data"), try bytes("err-data"))
    // Old agents send the word only if something was dropped, and its value is false then.
    func isCut(_ key: String, _ data: [UInt8]) -> Bool {
      status[key]?.bool == true || status[key] != nil && data.count >= outputLimit
    }
    return GuestProgramResult(
      end: end, output: output, errors: errors, isOutputTruncated: isCut("out-truncated", output),
      areErrorsTruncated: isCut("err-truncated", errors))
  }
}
