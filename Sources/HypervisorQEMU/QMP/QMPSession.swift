import Failure
import Hypervisor
import Linux
import Synchronization
import Text

/// The conversation below `QMPClient`: which command waits for which answer. Lives on the channel's queue.
final class QMPSession: Sendable {
  /// Most bytes of one message; the longest answers of QEMU (`query-qmp-schema`) have about 200 kB.
  static let lineLimit = 8 << 20
  /// Most events kept for a reader that is late. The oldest go first: the newest say how things are.
  static let eventLimit = 1024
  static let commandLimit = 256

  typealias Answer = CheckedContinuation<Result<JSON, Failure>, Never>

  /// What a monitor says first: the greeting, and the answers to what was asked with it, in the order of the questions.
  struct Opening: Sendable {
    var greeting: JSON
    var answers: [Result<JSON, Failure>]
  }

  /// The beginning while it is not complete. Its commands have the ids from 1 on.
  private struct Beginning {
    var count: Int64
    var greeting: JSON?
    var answers: [Int64: Result<JSON, Failure>] = [:]
    var waiter: CheckedContinuation<Result<Opening, Failure>, Never>

    var opening: Opening? {
      guard let greeting, answers.count == count else { return nil }
      return Opening(greeting: greeting, answers: (1...count).compactMap { answers[$0] })
    }
  }

  private struct State: ~Copyable {
    var framer = LineFramer(limit: lineLimit)
    var rates = QMPEventRates()
    var budget = ReadingBudget()
    var beginning: Beginning?
    var waiting: [Int64: Answer] = [:]
    var nextID: Int64 = 0
    var end: Failure?
    var channel: StreamChannel?
  }

  private let state = Mutex(State())
  let events: AsyncStream<QMPEvent>
  private let sink: AsyncStream<QMPEvent>.Continuation

  init() { (events, sink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.eventLimit)) }

  /// Begins on a connected socket: negotiates, asks `commands`, and waits for the greeting and all answers.
  ///
  /// All is sent at once. QEMU takes commands one after the other, so it has negotiated when it comes to the next, and one
  /// exchange takes the place of one for each. At most seven commands: it queues eight (`QMP_REQ_QUEUE_LEN_MAX`).
  func open(
    _ socket: consuming Descriptor, asking commands: [String], timeout: Duration
  ) async throws(Failure) -> Opening {
    let channel = StreamChannel(
      socket, label: "qmp", received: { [weak self] in self?.received($0) }, ended: { [weak self] in self?.ended($0) })
    let all = ["qmp_capabilities"] + commands
    var bytes: [UInt8] = []
    for (index, command) in all.enumerated() { bytes += try Self.line(command, nil, id: Int64(index + 1)) }
    let question = bytes
    let result: Result<Opening, Failure> = await withCheckedContinuation { waiter in
      state.withLock {
        $0.channel = channel
        $0.nextID = Int64(all.count)
        $0.beginning = Beginning(count: Int64(all.count), waiter: waiter)
      }
      channel.start()
      do throws(Failure) { try channel.send(question) } catch { return ended(error) }
      TimeLimits.shared.after(timeout) { [weak self] in self?.beginningIsLate(timeout) }
    }
    return try result.get()
  }

  /// Sends one command and waits for its answer.
  func run(
    _ command: String, _ arguments: JSON?, _ descriptor: DescriptorCell?, timeout: Duration
  ) async throws(Failure) -> JSON {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    let bytes = try Self.line(command, arguments, id: id)
    let answer: Result<JSON, Failure> = await withTaskCancellationHandler {
      await withCheckedContinuation { begin(id, command, bytes, descriptor, timeout, $0) }
    } onCancel: {
      settle(id, .failure(Failure(.unavailable, operation: "run QMP command", object: command, cause: "cancelled")))
    }
    return try answer.get()
  }

  func close() { state.withLock { $0.channel }?.close() }

  private static func line(_ command: String, _ arguments: JSON?, id: Int64) throws(Failure) -> [UInt8] {
    var message: [String: JSON] = ["execute": .string(command), "id": .integer(id)]
    if let arguments { message["arguments"] = arguments }
    return try JSON.object(message).bytes() + [0x0a]
  }

  private func begin(
    _ id: Int64, _ command: String, _ bytes: [UInt8], _ descriptor: DescriptorCell?, _ timeout: Duration,
    _ continuation: Answer
  ) {
    let operation = "run QMP command"
    let (channel, refusal): (StreamChannel?, Failure?) = state.withLock { state in
      if let end = state.end { return (nil, end) }
      if Task.isCancelled {
        return (nil, Failure(.unavailable, operation: operation, object: command, cause: "cancelled"))
      }
      if state.waiting.count >= Self.commandLimit {
        return (
          nil, Failure(.exhausted, operation: operation, object: command, cause: "\(state.waiting.count) commands wait")
        )
      }
      state.waiting[id] = continuation
      return (state.channel, nil)
    }
    guard let channel else { return continuation.resume(returning: .failure(refusal ?? StreamChannel.closed)) }
    do {
      try channel.send(bytes, descriptor: descriptor)
    } catch {
      return settle(id, .failure(error))
    }
    TimeLimits.shared.after(timeout) { [weak self] in
      self?.settle(
        id,
        .failure(
          Failure(
            .timeout, operation: operation, object: command,
            cause: "QEMU has not answered within \(Quantity.duration(timeout))"))
      )
    }
  }

  /// Gives an answer to whoever waits for it; a late one has nobody.
  private func settle(_ id: Int64, _ answer: Result<JSON, Failure>) {
    state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: answer)
  }

  private func beginningIsLate(_ timeout: Duration) {
    guard let late = state.withLock({ $0.beginning.take() }) else { return }
    let failure =
      late.greeting == nil
      ? Failure(
        .timeout, operation: "greet QEMU",
        cause: "no greeting within \(Quantity.duration(timeout)): another client holds this monitor",
        remedy: "use the spare monitor, or end the other client")
      : Failure(
        .timeout, operation: "negotiate with QEMU", cause: "QEMU has not answered within \(Quantity.duration(timeout))")
    late.waiter.resume(returning: .failure(failure))
    close()
  }

  /// Adds to the beginning and ends it with the last piece.
  /// - Returns: false if there is none that misses this.
  private func begin(_ add: (inout Beginning) -> Bool) -> Bool {
    let (isTaken, waiter, opening): (Bool, CheckedContinuation<Result<Opening, Failure>, Never>?, Opening?) =
      state.withLock { state in
        guard var beginning = state.beginning, add(&beginning) else { return (false, nil, nil) }
        let opening = beginning.opening
        state.beginning = opening == nil ? beginning : nil
        return (true, beginning.waiter, opening)
      }
    if let opening { waiter?.resume(returning: .success(opening)) }
    return isTaken
  }

  /// Reads what has come, and then nothing for a while if that was much work: QEMU may not be itself any more.
  private func received(_ bytes: UnsafeRawBufferPointer) {
    let start = Clock.microseconds()
    read(bytes)
    let end = Clock.microseconds()
    let (rest, channel) = state.withLock { state in
      (state.budget.spend(Double(end - start) / 1e6, now: Double(end) / 1e6), state.channel)
    }
    guard let rest, let channel else { return }
    channel.pause()
    channel.after(.seconds(rest)) { channel.resume() }
  }

  private func read(_ bytes: UnsafeRawBufferPointer) {
    let now = Double(Clock.now()) / 1000
    for piece in state.withLock({ $0.framer.feed(bytes) }) {
      guard case .line(let line, _) = piece else { return abandon("a message of more than \(Self.lineLimit) bytes") }
      switch state.withLock({ $0.rates.judge(line, now: now) }) {
      case .read: break
      case .dropped: continue
      case .told(let name):
        sink.yield(QMPEvent(tooMany: name))
        continue
      }
      guard let message = try? JSON(parsing: line) else { return abandon("a message that is not JSON") }
      dispatch(message)
    }
    if state.withLock({ $0.framer.pending }) >= Self.lineLimit {
      abandon("a message of more than \(Self.lineLimit) bytes")
    }
  }

  private func dispatch(_ message: JSON) {
    if let event = QMPEvent(message) {
      sink.yield(event)
    } else if message["QMP"] != nil {
      _ = begin {
        $0.greeting = message
        return true
      }
    } else if let id = message["id"]?.integer {
      let answer = QMPAnswer.read(message)
      let isFirst = begin {
        guard id >= 1, id <= $0.count else { return false }
        $0.answers[id] = answer
        return true
      }
      if !isFirst { settle(id, answer) }
    }
    // An error without id answers a message that could not be parsed; ours always can, and time limits cover the rest.
  }

  private func abandon(_ what: String) {
    ended(Failure(.protocol, operation: "talk to QEMU", cause: "it sent \(what)"))
    close()
  }

  private func ended(_ failure: Failure) {
    let (beginning, waiting): (Beginning?, [Answer]) = state.withLock { state in
      if state.end == nil { state.end = failure }
      defer { state.waiting = [:] }
      return (state.beginning.take(), Array(state.waiting.values))
    }
    beginning?.waiter.resume(returning: .failure(failure))
    for answer in waiting { answer.resume(returning: .failure(failure)) }
    sink.finish()
  }
}

/// What an answer says.
enum QMPAnswer {
  static func read(_ message: JSON) -> Result<JSON, Failure> {
    if let value = message["return"] { return .success(value) }
    let kind = message["error"]?["class"]?.string ?? ""
    let code: Failure.Code =
      switch kind {
      case "CommandNotFound": .unsupported
      case "DeviceNotFound": .notFound
      case "DeviceNotActive": .state
      default: .system
      }
    let text = message["error"]?["desc"]?.string ?? "an answer without return and error"
    return .failure(Failure(code, operation: "run QMP command", cause: text))
  }
}
