import Failure
import Linux
import Synchronization

/// The byte side of `GuestAgent`: sends one message and waits for one that fits. Lives on the channel's queue.
final class AgentLink: Sendable {
  /// Most bytes of one answer. The guest is not trusted, so this is what it can make us hold.
  static let lineLimit = 16 << 20

  /// Which message is the answer.
  enum Wanted: Hashable, Sendable {
    /// The next one: the conversation is in step.
    case next
    /// The one after the mark that returns this number; everything else is of an earlier conversation.
    case sync(Int64)
  }

  typealias Answer = CheckedContinuation<Result<JSON, Failure>, Never>

  private struct Waiting {
    var ticket: Int64
    var wanted: Wanted
    var answer: Answer
  }

  private struct State: ~Copyable {
    var framer = LineFramer(limit: lineLimit, mark: AgentMessage.mark)
    var waiting: Waiting?
    var ticket: Int64 = 0
    var isListening = false
    var end: Failure?
    var channel: StreamChannel?
  }

  private let state = Mutex(State())

  static let away = Failure(
    .unavailable, step: "ask guest agent", cause: "guest agent not connected",
    cure: "install qemu-guest-agent in the guest and wait until it has started (spec: agent: true)")

  init() {}

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
      return listens ? nil : state.waiting.take()
    }
    waiting?.answer.resume(returning: .failure(Self.away))
  }

  func exchange(
    _ bytes: [UInt8], _ wanted: Wanted, command: String, timeout: Duration
  ) async throws(Failure) -> JSON {
    let ticket = state.withLock { state in
      state.ticket += 1
      return state.ticket
    }
    let answer: Result<JSON, Failure> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let (channel, end): (StreamChannel?, Failure?) = state.withLock { state in
          if let end = state.end { return (nil, end) }
          if Task.isCancelled { return (nil, Self.cancelled(command)) }
          if !state.isListening { return (nil, Self.away) }
          state.waiting = Waiting(ticket: ticket, wanted: wanted, answer: continuation)
          return (state.channel, nil)
        }
        guard let channel else { return continuation.resume(returning: .failure(end ?? StreamChannel.closed)) }
        do throws(Failure) {
          try channel.send(bytes)
        } catch {
          return expire(ticket, error)
        }
        TimeLimits.shared.after(timeout) { [weak self] in
          self?.expire(
            ticket,
            Failure(
              .timeout, step: "ask guest agent", object: command, cause: "no answer within \(timeout)",
              cure: "look at the guest's console; the guest may be busy or frozen"))
        }
      }
    } onCancel: {
      expire(ticket, Self.cancelled(command))
    }
    return try answer.get()
  }

  private static func cancelled(_ command: String) -> Failure {
    Failure(.unavailable, step: "ask guest agent", object: command, cause: "cancelled")
  }

  private func expire(_ ticket: Int64, _ failure: Failure) {
    take { $0.ticket == ticket }?.answer.resume(returning: .failure(failure))
  }

  private func take(if fits: (Waiting) -> Bool) -> Waiting? {
    state.withLock { state in
      guard let waiting = state.waiting, fits(waiting) else { return nil }
      state.waiting = nil
      return waiting
    }
  }

  private func received(_ bytes: UnsafeRawBufferPointer) {
    for piece in state.withLock({ $0.framer.feed(bytes) }) {
      guard let (waiting, result) = match(piece) else { continue }
      waiting.answer.resume(returning: result)
    }
  }

  private func match(_ piece: LineFramer.Piece) -> (Waiting, Result<JSON, Failure>)? {
    switch piece {
    case .tooLong:
      guard let waiting = take(if: { $0.wanted == .next }) else { return nil }
      let cause = "the guest's answer has more than \(Self.lineLimit) bytes"
      return (waiting, .failure(Failure(.exhausted, step: "ask guest agent", cause: cause)))
    case .line(let line, let marked):
      let message = Result { () throws(Failure) in try JSON(parsing: line) }
      let number = try? message.get()["return"]?.integer
      let waiting = take { waiting in
        switch waiting.wanted {
        case .next: true
        case .sync(let id): marked && number == id
        }
      }
      return waiting.map { ($0, message) }
    }
  }

  private func ended(_ failure: Failure) {
    let waiting: Waiting? = state.withLock { state in
      state.end = failure
      return state.waiting.take()
    }
    waiting?.answer.resume(returning: .failure(failure))
  }
}
