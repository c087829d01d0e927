import Failure
import Linux
import Synchronization
import Text

/// The byte side of `GuestAgent`: sends one message and waits for one that fits. Lives on the channel's queue.
///
/// Nothing that comes unasked is read: it is dropped as it comes, and when it is too much the socket is left alone, so that
/// the hypervisor holds up whoever writes in the guest. The next request looks again.
final class AgentLink: Sendable {
  /// Which message is the answer.
  enum Wanted: Hashable, Sendable {
    /// The next one: the conversation is in step.
    case next
    /// The one after the mark that returns this number; everything else is of an earlier conversation.
    case sync(Int64)
  }

  /// A message and what is expected of its answer.
  struct Question: Sendable {
    var command: String
    var bytes: [UInt8]
    var wanted: Wanted
    var bounds: AnswerBounds
  }

  typealias Answer = CheckedContinuation<Result<JSON, Failure>, Never>

  private struct Waiting {
    var ticket: Int64
    var question: Question
    var answer: Answer
    /// Bytes that have come for it, and those of them since the last look at the time.
    var total = 0
    var progress = 0
  }

  private struct State: ~Copyable {
    var framer = LineFramer(limit: AnswerBounds.short.bytes, mark: AgentMessage.mark)
    var waiting: Waiting?
    var ticket: Int64 = 0
    var isListening = false
    var unasked = UnaskedBytes()
    var isHeld = false
    var end: Failure?
    var channel: StreamChannel?
  }

  private let state = Mutex(State())
  /// Told when a guest begins to flood its port, and when its agent has answered after that.
  private let flooded: @Sendable (Bool) -> Void
  private let isFlooded = Mutex(false)

  static let away = Failure(
    .unavailable, part: .agent, operation: "ask guest agent", cause: "guest agent not connected",
    remedy: "install qemu-guest-agent in the guest and wait until it has started (spec: agent: true)")

  init(flooded: @escaping @Sendable (Bool) -> Void = { _ in }) { self.flooded = flooded }

  func open(_ socket: consuming Descriptor) {
    let channel = StreamChannel(
      socket, label: "guest-agent", received: { [weak self] in self?.received($0) },
      ended: { [weak self] in self?.ended($0) })
    state.withLock { $0.channel = channel }
    channel.start()
  }

  func close() { state.withLock { $0.channel }?.close() }

  /// Whether somebody in the guest reads. Without, whatever waits fails, and nothing is written.
  func setListening(_ listens: Bool) {
    let waiting: Waiting? = state.withLock { state in
      state.isListening = listens
      if listens { Self.look(&state) }
      return listens ? nil : state.waiting.take()
    }
    waiting?.answer.resume(returning: .failure(Self.away))
  }

  /// Reads again what comes, for somebody asks.
  private static func look(_ state: inout State) {
    state.unasked.ask()
    state.isHeld = false
    // The channel's lock is taken inside ours and never the other way round: it calls us without it.
    state.channel?.resume()
  }

  /// Sends a message and waits for its answer.
  /// - Parameter timeout: for the answer; one that is being sent may take longer, as long as it goes on.
  func exchange(_ question: Question, timeout: Duration) async throws(Failure) -> JSON {
    let ticket = state.withLock { state in
      state.ticket += 1
      return state.ticket
    }
    let answer: Result<JSON, Failure> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let (channel, end): (StreamChannel?, Failure?) = state.withLock { state in
          if let end = state.end { return (nil, end) }
          if Task.isCancelled { return (nil, Self.cancelled(question.command)) }
          if !state.isListening { return (nil, Self.away) }
          state.framer.limit = question.bounds.bytes
          state.waiting = Waiting(ticket: ticket, question: question, answer: continuation)
          Self.look(&state)
          return (state.channel, nil)
        }
        guard let channel else { return continuation.resume(returning: .failure(end ?? StreamChannel.closed)) }
        do throws(Failure) {
          try channel.send(question.bytes)
        } catch {
          return expire(ticket, error)
        }
        watch(ticket, question.command, timeout)
      }
    } onCancel: {
      expire(ticket, Self.cancelled(question.command))
    }
    return try answer.get()
  }

  static func cancelled(_ command: String) -> Failure {
    Failure(.unavailable, part: .agent, operation: "ask guest agent", object: command, cause: "cancelled")
  }

  static func late(_ command: String, _ timeout: Duration) -> Failure {
    Failure(
      .timeout, part: .agent, operation: "ask guest agent", object: command,
      cause: "no answer within \(Quantity.duration(timeout))",
      remedy: "look at the guest's console; the guest may be busy or frozen")
  }

  /// Bytes within one time limit with which an answer counts as being sent. A guest cannot keep us for ever: what an answer
  /// may be is bounded.
  private static let leastProgress = 256 << 10

  private func watch(_ ticket: Int64, _ command: String, _ timeout: Duration) {
    TimeLimits.shared.after(timeout) { [weak self] in
      guard let self else { return }
      let goesOn = state.withLock { state in
        guard let waiting = state.waiting, waiting.ticket == ticket else { return false }
        state.waiting?.progress = 0
        return waiting.progress >= Self.leastProgress
      }
      if goesOn {
        watch(ticket, command, max(timeout, .seconds(1)))
      } else {
        expire(ticket, Self.late(command, timeout))
      }
    }
  }

  private func expire(_ ticket: Int64, _ failure: Failure) {
    let waiting: Waiting? = state.withLock { state in
      guard state.waiting?.ticket == ticket, let waiting = state.waiting.take() else { return nil }
      state.unasked.owe(waiting.question.bounds.bytes)
      return waiting
    }
    waiting?.answer.resume(returning: .failure(failure))
  }

  private func received(_ bytes: UnsafeRawBufferPointer) {
    let pieces: [LineFramer.Piece] = state.withLock { state in
      guard let waiting = state.waiting else {
        state.framer.drop(bytes)
        state.unasked.add(bytes.count)
        return []
      }
      let total = waiting.total + bytes.count
      state.waiting?.total = total
      state.waiting?.progress += bytes.count
      let pieces = state.framer.feed(bytes)
      // Whatever comes before the mark was not asked for, or not lately; and more than an answer may be is none.
      let isAnswer = waiting.question.wanted == .next && total <= waiting.question.bounds.bytes
      if !isAnswer { state.unasked.add(bytes.count) }
      return pieces
    }
    for piece in pieces { take(piece) }
    if state.withLock({ $0.unasked.isTooMuch && !$0.isHeld }) { hold() }
  }

  /// Gives a line to whoever waits for it; only such a line is read.
  private func take(_ piece: LineFramer.Piece) {
    let question: Question? = state.withLock { $0.waiting?.question }
    guard let question else { return }
    let result: Result<JSON, Failure>
    switch (piece, question.wanted) {
    case (.line(let line, _), .next):
      result = Result { () throws(Failure) in try JSON(parsing: line, maxValues: question.bounds.values) }
    case (.line(let line, marked: true), .sync(let id)) where line.count <= AnswerBounds.sync.bytes:
      let message = try? JSON(parsing: line, maxValues: AnswerBounds.sync.values)
      guard let message, message["return"]?.integer == id else { return }
      result = .success(message)
    case (.tooLong, .next):
      let cause = "the guest's answer has more than \(question.bounds.bytes) bytes"
      result = .failure(
        Failure(.exhausted, part: .agent, operation: "ask guest agent", object: question.command, cause: cause))
    case (.line, .sync), (.tooLong, .sync): return
    }
    let waiting: Waiting? = state.withLock { state in
      // Somebody else's turn may have come since.
      guard state.waiting?.question.bytes == question.bytes else { return nil }
      if question.wanted != .next { state.unasked.settle() }
      return state.waiting.take()
    }
    if question.wanted != .next { tell(false) }
    waiting?.answer.resume(returning: result)
  }

  /// Leaves the socket alone until somebody asks.
  private func hold() {
    let waiting: Waiting? = state.withLock { state in
      state.isHeld = true
      state.channel?.pause()
      return state.waiting.take()
    }
    tell(true)
    waiting?.answer.resume(
      returning: .failure(
        Failure(
          .exhausted, part: .agent, operation: "ask guest agent", object: waiting?.question.command ?? "",
          cause: "the guest sends without end on its agent's port what nobody asked for",
          remedy: "look in the guest who writes to /dev/virtio-ports/org.qemu.guest_agent.0, and start its agent again")
      ))
  }

  private func tell(_ floods: Bool) {
    let isNews = isFlooded.withLock { old in
      defer { old = floods }
      return old != floods
    }
    if isNews { flooded(floods) }
  }

  private func ended(_ failure: Failure) {
    let waiting: Waiting? = state.withLock { state in
      state.end = failure
      return state.waiting.take()
    }
    waiting?.answer.resume(returning: .failure(failure))
  }
}
