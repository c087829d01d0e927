import Failure
import GRPCCore

/// What the caller of StreamEvents says about it. Its request is empty, so it comes as metadata.
struct EventStreamOptions: Hashable, Sendable {
  /// Number of the last event that is known already; nil: only what happens from now on.
  var after: UInt64?
  /// How long it is quiet before that is said, seconds.
  var heartbeat = 60

  static let afterKey = "procurator-after"
  static let heartbeatKey = "procurator-heartbeat"
  /// Seconds.
  private static let heartbeats = 1...3600

  /// Of the call that is answered.
  @TaskLocal static var current = EventStreamOptions()

  init() {}

  /// - Throws: `.invalid` for a text that is no number of those that are permitted.
  init(_ metadata: Metadata) throws(Failure) {
    after = try Self.number(Self.afterKey, metadata, in: 0...(.max))
    if let seconds = try Self.number(
      Self.heartbeatKey, metadata, in: UInt64(Self.heartbeats.lowerBound)...UInt64(Self.heartbeats.upperBound))
    {
      heartbeat = Int(seconds)
    }
  }

  private static func number(
    _ key: String, _ metadata: Metadata, in range: ClosedRange<UInt64>
  ) throws(Failure) -> UInt64? {
    let values = Array(metadata[stringValues: key])
    guard let text = values.first else { return nil }
    guard values.count == 1, let number = UInt64(text), range.contains(number) else {
      let most = range.upperBound == .max ? "an event's id" : "\(range.lowerBound) to \(range.upperBound)"
      throw Failure(
        .invalid, operation: "stream events", object: key,
        cause: "\"\(values.map { $0.prefix(40) }.joined(separator: ", "))\" is not a number that it takes",
        remedy: "send \(most) once, or leave it out")
    }
    return number
  }
}

/// Reads them, and refuses a call with wrong ones before anything happens: handlers are not told what stands in the head of
/// a call.
struct EventStreamHead: ServerInterceptor {
  init() {
  }

  func intercept<Input: Sendable, Output: Sendable>(
    request: StreamingServerRequest<Input>, context: ServerContext,
    next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
  ) async throws -> StreamingServerResponse<Output> {
    guard context.descriptor.method == "StreamEvents" else { return try await next(request, context) }
    let options: EventStreamOptions
    do throws(Failure) { options = try EventStreamOptions(request.metadata) } catch { throw error.status }
    var response = try await next(request, context)
    // What answers in a stream does its work only now.
    response.accepted = response.accepted.map { contents in
      .init(metadata: contents.metadata) { writer in
        try await EventStreamOptions.$current.withValue(options) { try await contents.producer(writer) }
      }
    }
    return response
  }
}
