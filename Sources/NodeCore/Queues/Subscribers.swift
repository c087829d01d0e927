/// Those who are told that something has happened. Who is slow is told once of all that has happened meanwhile.
struct Subscribers: Sendable {
  private var all: [UInt64: AsyncStream<Void>.Continuation] = [:]
  private var next: UInt64 = 0

  /// Tells from now on.
  /// - Parameters:
  ///   - atOnce: whether there is something to be told already.
  ///   - onEnd: called with the subscriber's number when it listens no more; it has to be unsubscribed then.
  mutating func subscribe(atOnce: Bool, onEnd: @escaping @Sendable (UInt64) -> Void) -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    next += 1
    let number = next
    all[number] = continuation
    continuation.onTermination = { _ in onEnd(number) }
    if atOnce { continuation.yield() }
    return stream
  }

  /// Tells that one nothing more.
  mutating func unsubscribe(_ number: UInt64) { all[number] = nil }

  /// Something has happened.
  func tell() { for one in all.values { one.yield() } }

  /// Nothing more will happen.
  func finish() { for one in all.values { one.finish() } }
}
