import Failure
import Linux
import Synchronization

/// The conversation below `QMPClient`: which command waits for which answer. Lives on the channel's queue.
final class QMPSession: Sendable {
  /// Most bytes of one message; the longest answers of QEMU (`query-qmp-schema`) have about 200 kB.
  static let lineLimit = 8 << 20
  /// Most events kept for a reader that is late. The oldest go first: the newest say how things are.
  static let eventLimit = 1024
  static let commandLimit = 256

  typealias Answer = CheckedContinuation<Result<JSON, Failure>, Never>

  private struct State: ~Copyable {
    var framer = LineFramer(limit: lineLimit)
    var greeting: Answer?
    var greetingMessage: JSON?
    var waiting: [Int64: Answer] = [:]
    var nextID: Int64 = 0
    var end: Failure?
    var channel: StreamChannel?
  }

  private let state = Mutex(State())
  let events: AsyncStream<QMPEvent>
  private let sink: AsyncStream<QMPEvent>.Continuation

  init() { (events, sink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.eventLimit)) }

  /// Begins on a connected socket and waits for the greeting.
  func open(_ socket: consuming Descriptor, timeout: Duration) async throws(Failure) -> JSON {
    let channel = StreamChannel(
      socket, label: "qmp", received: { [weak self] in self?.received($0) }, ended: { [weak self] in self?.ended($0) })
    state.withLock { $0.channel = channel }
    channel.start()
    let answer: Result<JSON, Failure> = await withCheckedContinuation { continuation in
      let early: Result<JSON, Failure>? = state.withLock { state in
        if let end = state.end { return .failure(end) }
        if let message = state.greetingMessage { return .success(message) }
        state.greeting = continuation
        return nil
      }
      if let early { return continuation.resume(returning: early) }
      TimeLimits.shared.after(timeout) { [weak self] in self?.greetingIsLate(timeout) }
    }
    return try answer.get()
  }

  /// Sends one command and waits for its answer.
  func run(
    _ command: String, _ arguments: JSON?, _ descriptor: DescriptorCell?, timeout: Duration
  ) async throws(Failure) -> JSON {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    var message: [String: JSON] = ["execute": .string(command), "id": .integer(id)]
    if let arguments { message["arguments"] = arguments }
    let bytes = try JSON.object(message).bytes() + [0x0a]
    let answer: Result<JSON, Failure> = await withTaskCancellationHandler {
      await withCheckedContinuation { begin(id, command, bytes, descriptor, timeout, $0) }
    } onCancel: {
      settle(id, .failure(Failure(.unavailable, step: "run QMP command", object: command, cause: "cancelled")))
    }
    return try answer.get()
  }

  func close() { state.withLock { $0.channel }?.close() }

  private func begin(
    _ id: Int64, _ command: String, _ bytes: [UInt8], _ descriptor: DescriptorCell?, _ timeout: Duration,
    _ continuation: Answer
  ) {
    let step = "run QMP command"
    let (channel, refusal): (StreamChannel?, Failure?) = state.withLock { state in
      if let end = state.end { return (nil, end) }
      if Task.isCancelled { return (nil, Failure(.unavailable, step: step, object: command, cause: "cancelled")) }
      if state.waiting.count >= Self.commandLimit {
        return (nil, Failure(.exhausted, step: step, object: command, cause: "\(state.waiting.count) commands wait"))
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
        id, .failure(Failure(.timeout, step: step, object: command, cause: "QEMU has not answered within \(timeout)")))
    }
  }

  /// Gives an answer to whoever waits for it; a late one has nobody.
  private func settle(_ id: Int64, _ answer: Result<JSON, Failure>) {
    state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: answer)
  }

  private func greetingIsLate(_ timeout: Duration) {
    let waiting = state.withLock { $0.greeting.take() }
    waiting?.resume(
      returning: .failure(
        Failure(
          .timeout, step: "greet QEMU", cause: "no greeting within \(timeout): another client holds this monitor",
          cure: "use the spare monitor, or end the other client")))
    if waiting != nil { close() }
  }

  private func received(_ bytes: UnsafeRawBufferPointer) {
    for piece in state.withLock({ $0.framer.feed(bytes) }) {
      guard case .line(let line, _) = piece else { return abandon("a message of more than \(Self.lineLimit) bytes") }
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
      let waiting = state.withLock { state in
        state.greetingMessage = message
        return state.greeting.take()
      }
      waiting?.resume(returning: .success(message))
    } else if let id = message["id"]?.integer {
      settle(id, QMPAnswer.read(message))
    }
    // An error without id answers a message that could not be parsed; ours always can, and time limits cover the rest.
  }

  private func abandon(_ what: String) {
    ended(Failure(.protocol, step: "talk to QEMU", cause: "it sent \(what)"))
    close()
  }

  private func ended(_ failure: Failure) {
    let (greeting, waiting): (Answer?, [Answer]) = state.withLock { state in
      if state.end == nil { state.end = failure }
      defer { state.waiting = [:] }
      return (state.greeting.take(), Array(state.waiting.values))
    }
    for answer in waiting + [greeting].compactMap({ $0 }) { answer.resume(returning: .failure(failure)) }
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
    return .failure(Failure(code, step: "run QMP command", cause: text))
  }
}
