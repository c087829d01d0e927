import Failure
import Hypervisor
import Linux
import Synchronization

/// The serial console of a running guest: any number of readers, one writer.
///
/// QEMU serves one client on that socket; the hub is that client for everybody. It always reads, so a guest never waits
/// for a slow reader, and what a reader cannot take in time is dropped for that reader alone.
final class ConsoleHub: Sendable {
  /// Bytes of the past that a new reader gets.
  static let history = 32 << 10
  /// Chunks that wait for one slow reader.
  private static let backlog = 256

  private struct State: Sendable {
    var ring: [UInt8] = []
    var readers: [UInt64: AsyncStream<[UInt8]>.Continuation] = [:]
    var writer: UInt64?
    var next: UInt64 = 0
    var channel: StreamChannel?
  }

  private let state = Mutex(State())

  /// Connects to the console's socket; the past comes from the log file.
  init(path: String, log: String) {
    let past = LogTail.read(log, from: max(0, LogTail.size(log) - Self.history), limit: Self.history)
    state.withLock { $0.ring = past }
    guard let socket = try? UnixSocket.connectAtOnce(path) else { return }
    let channel = StreamChannel(
      socket, label: "procurator.console",
      received: { [weak self] bytes in self?.received(Array(bytes)) }, ended: { [weak self] _ in self?.ended() })
    state.withLock { $0.channel = channel }
    channel.start()
  }

  /// Whether the guest is heard.
  var isConnected: Bool { state.withLock { $0.channel != nil } }

  /// A seat at the console.
  struct Seat: Sendable {
    let number: UInt64
    /// What the guest wrote: the past in one piece, then as it comes. Ends with the guest.
    let output: AsyncStream<[UInt8]>
  }

  /// Takes a seat.
  /// - Throws: `.exists` if it is to be the writer's and somebody sits there.
  func sit(readOnly: Bool) throws(Failure) -> Seat {
    let (stream, continuation) = AsyncStream.makeStream(
      of: [UInt8].self, bufferingPolicy: .bufferingNewest(Self.backlog))
    guard isConnected else {
      throw Failure(
        .unavailable, step: "attach console", cause: "the hypervisor's console socket could not be reached",
        cure: "somebody else may hold it; restart the supervisor when it is free")
    }
    let number: UInt64? = state.withLock { state in
      guard readOnly || state.writer == nil else { return nil }
      state.next += 1
      state.readers[state.next] = continuation
      if !readOnly { state.writer = state.next }
      if !state.ring.isEmpty { continuation.yield(state.ring) }
      return state.next
    }
    guard let number else {
      throw Failure(
        .exists, step: "attach console", cause: "somebody else is typing at this console",
        cure: "watch with --readonly, or let the other detach")
    }
    return Seat(number: number, output: stream)
  }

  /// Leaves a seat.
  func leave(_ number: UInt64) {
    state.withLock { state in
      state.readers.removeValue(forKey: number)?.finish()
      if state.writer == number { state.writer = nil }
    }
  }

  /// Types, if the seat is the writer's.
  func type(_ bytes: [UInt8], from number: UInt64) throws(Failure) {
    let channel = state.withLock { $0.writer == number ? $0.channel : nil }
    guard let channel else {
      throw Failure(
        .denied, step: "type at console", cause: "this seat is for reading", cure: "attach without --readonly")
    }
    try channel.send(bytes)
  }

  /// Ends it for all.
  func close() {
    let channel = state.withLock { state in
      defer { state.channel = nil }
      return state.channel
    }
    channel?.close()
    ended()
  }

  private func received(_ bytes: [UInt8]) {
    state.withLock { state in
      state.ring += bytes
      // Trimmed late and by much, so that a chatty guest does not move the whole ring for every byte.
      if state.ring.count > 2 * Self.history { state.ring.removeFirst(state.ring.count - Self.history) }
      for reader in state.readers.values { reader.yield(bytes) }
    }
  }

  private func ended() {
    state.withLock { state in
      for reader in state.readers.values { reader.finish() }
      state.readers = [:]
      state.writer = nil
      state.channel = nil
    }
  }
}
