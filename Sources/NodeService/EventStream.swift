import FoundationEssentials
import GRPCCore
import NodeAPI
import NodeCore
import SwiftProtobuf

/// One reader's way through the event log: events in their order, what is missing between them, and that it is quiet.
struct EventStream: Sendable {
  private let log: EventLog
  private let options: EventStreamOptions

  init(_ log: EventLog, _ options: EventStreamOptions) {
    self.log = log
    self.options = options
  }

  /// Writes until it is cancelled.
  func write(
    _ send: @Sendable ([Limiquantix_Node_V1_NodeEvent]) async throws -> Void
  ) async throws {
    await log.flush()
    let (segments, queue) = (log.segments, EventsService.queue)
    let end = await queue.run { segments.end }
    var reader = EventReader(options.after, end: end.sequence)
    var cursor = reader.isFromNow ? end : EventSegments.Cursor(after: reader.last)
    if reader.isOfAnotherLog { try await send([.lost(0, restarted: true, before: reader.last)]) }

    let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let changes = Task { for await _ in log.changes() { wake.yield() } }
    var due = ContinuousClock.now + heartbeat
    var silence = timer(wake, due)
    defer {
      changes.cancel()
      silence.cancel()
    }
    for await _ in wakes {
      var hasWritten = false
      let before = reader
      var moving = before
      try await segments.pages(from: &cursor, on: queue) { events in
        try await send(moving.take(events))
        hasWritten = true
        return true
      }
      reader = moving
      if !hasWritten, ContinuousClock.now >= due {
        try await send([.heartbeat(after: reader.last)])
        hasWritten = true
      }
      guard hasWritten else { continue }
      silence.cancel()
      due = .now + heartbeat
      silence = timer(wake, due)
    }
  }

  private var heartbeat: Duration { .seconds(options.heartbeat) }

  /// Wakes when it is due, never before.
  private func timer(
    _ wake: AsyncStream<Void>.Continuation, _ due: ContinuousClock.Instant
  ) -> Task<Void, Never> {
    Task {
      do { try await Task.sleep(until: due, clock: .continuous) } catch { return }
      wake.yield()
    }
  }
}

/// How far a reader is, as a value: which numbers it has missed.
struct EventReader: Hashable, Sendable {
  /// Number of the last event that it has, or had before.
  private(set) var last: UInt64
  let isFromNow: Bool
  /// Whether it knows events that this log never had: that one was removed, or has lost its end.
  let isOfAnotherLog: Bool

  /// - Parameters:
  ///   - after: what the reader says that it has; nil: it wants only what comes.
  ///   - end: number of the newest event.
  init(_ after: UInt64?, end: UInt64) {
    isFromNow = after == nil
    isOfAnotherLog = after.map { $0 > end } ?? false
    last = isOfAnotherLog ? 0 : after ?? end
  }

  /// The next events, and before each that does not follow the one before it how many there were between.
  mutating func take(_ events: [NumberedEvent]) -> [Limiquantix_Node_V1_NodeEvent] {
    var messages: [Limiquantix_Node_V1_NodeEvent] = []
    for event in events {
      // Of a log that was begun anew nobody knows what it had.
      if event.sequence > last + 1, !(isOfAnotherLog && last == 0) {
        messages.append(.lost(event.sequence - last - 1, restarted: false, before: event.sequence))
      }
      messages.append(.init(event))
      last = event.sequence
    }
    return messages
  }
}

extension Limiquantix_Node_V1_NodeEvent {
  /// Nothing has happened for a while.
  /// - Parameter last: number of the last event, by which a reader goes on.
  static func heartbeat(after last: UInt64) -> Self {
    .with {
      $0.id = "\(last)"
      $0.timestamp = .init(Date())
      $0.message = "Node heartbeat"
      $0.metadata = ["heartbeat": "true"]
    }
  }

  /// Events that are not in the log any more.
  static func lost(_ count: UInt64, restarted: Bool, before next: UInt64) -> Self {
    .with {
      $0.id = "\(next - min(1, next))"
      $0.timestamp = .init(Date())
      $0.message =
        restarted
        ? "the event log has begun anew: what it had before is not known any more"
        : "\(count) events before the next one are not in the log any more"
      $0.metadata = ["lost": "\(count)"]
      if restarted { $0.metadata["restarted"] = "true" }
    }
  }
}
