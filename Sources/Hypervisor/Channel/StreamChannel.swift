import Dispatch
package import Failure
import Glibc
package import Linux
import Synchronization

/// A connected stream socket that never blocks a thread: bytes come by a callback, bytes to send wait in a bounded queue.
///
/// All I/O happens on one serial queue of its own, so callbacks come in order and never two at once. `ended` is the last
/// callback and comes once.
package final class StreamChannel: Sendable {
  /// Most bytes that wait to be sent.
  static let queueLimit = 8 << 20

  private struct Outgoing {
    var bytes: [UInt8]
    var descriptor: DescriptorCell?
  }

  private struct State: ~Copyable {
    var reader: (any DispatchSourceRead)?
    var writer: (any DispatchSourceWrite)?
    var waiting: [Outgoing] = []
    var waitingBytes = 0
    var isClosed = false
    /// Nobody reads for the moment: what the peer sends stays with it once the socket is full.
    var isPaused = false
    /// Sources that dispatch still watches the number for.
    var sources = 0
    var isReleased = false
  }

  private let socket: Int32
  private let queue: DispatchQueue
  private let state: Mutex<State>
  private let received: @Sendable (UnsafeRawBufferPointer) -> Void
  private let ended: @Sendable (Failure) -> Void
  private let drained: (@Sendable () -> Void)?

  /// Takes over a connected socket; `start` begins to read.
  /// - Parameter drained: called when nothing waits to be sent any more, after something did.
  package init(
    _ socket: consuming Descriptor, label: String, received: @escaping @Sendable (UnsafeRawBufferPointer) -> Void,
    ended: @escaping @Sendable (Failure) -> Void, drained: (@Sendable () -> Void)? = nil
  ) {
    self.socket = socket.release()
    // Without a target each busy queue gets a thread of its own, up to hundreds; this way they share as many as there
    // are processors.
    queue = DispatchQueue(label: label, target: .global())
    state = Mutex(State())
    self.received = received
    self.ended = ended
    self.drained = drained
    _ = fcntl(self.socket, F_SETFL, fcntl(self.socket, F_GETFL) | O_NONBLOCK)
  }

  deinit { state.withLock { if !$0.isReleased { Glibc.close(socket) } } }

  /// Begins to read. The sources keep the channel alive until `close` or the end of the stream.
  package func start() {
    // What was sent before may have found the end already.
    state.withLock { if !$0.isClosed { watchInput(&$0) } }
  }

  private func watchInput(_ state: inout State) {
    let reader = DispatchSource.makeReadSource(fileDescriptor: socket, queue: queue)
    reader.setEventHandler { self.drain() }
    reader.setCancelHandler { self.released() }
    state.reader = reader
    state.sources += 1
    reader.activate()
  }

  /// Reads no more until `resume`. Meanwhile the other side's end goes unnoticed.
  package func pause() {
    state.withLock { state in
      guard !state.isPaused, !state.isClosed, let reader = state.reader else { return }
      state.isPaused = true
      reader.suspend()
    }
  }

  /// Reads on after `pause`.
  package func resume() { state.withLock { Self.endPause(&$0) } }

  /// A source has to be resumed before it is let go.
  private static func endPause(_ state: inout State) {
    guard state.isPaused else { return }
    state.isPaused = false
    state.reader?.resume()
  }

  /// Bytes that have come and were not handed to `received` yet (FIONREAD, ioctl_tty(2)). Exact on the channel's queue only.
  package var unread: Int {
    state.withLock { state in
      var count: Int32 = 0
      guard !state.isReleased, ioctl(socket, UInt(FIONREAD), &count) == 0 else { return 0 }
      return Int(count)
    }
  }

  /// Bytes that wait to be sent.
  package var unsent: Int { state.withLock { $0.waitingBytes } }

  /// Runs `body` on the channel's queue: between two callbacks, never during one.
  package func perform(_ body: @escaping @Sendable () -> Void) { queue.async(execute: body) }

  /// Runs `body` on the channel's queue after a while. Time limits of requests are in `TimeLimits`.
  package func after(_ time: Duration, _ body: @escaping @Sendable () -> Void) {
    let (seconds, attoseconds) = time.components
    let nanoseconds = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let total = nanoseconds.overflow ? Int64.max / 4 : nanoseconds.partialValue + attoseconds / 1_000_000_000
    queue.asyncAfter(deadline: .now() + .nanoseconds(Int(total)), execute: body)
  }

  /// Sends what the socket takes at once and queues the rest; a descriptor travels with the first byte.
  /// - Throws: `.unavailable` after the end, `.exhausted` if the peer does not read.
  package func send(_ bytes: [UInt8], descriptor: DescriptorCell? = nil) throws(Failure) {
    let (refusal, isDone): (Failure?, Bool) = state.withLock { state in
      if state.isClosed { return (Self.closed, false) }
      if state.waitingBytes + bytes.count > Self.queueLimit {
        let cause = "\(state.waitingBytes) bytes wait for a peer that does not read them"
        return (Failure(.exhausted, operation: "send", cause: cause), false)
      }
      var item = Outgoing(bytes: bytes, descriptor: descriptor)
      // Mostly nothing waits and there is room: then no other thread is woken for it. What cannot be sent, and why, is
      // found out on the queue.
      if state.waiting.isEmpty, let sent = try? Self.push(item, to: socket) {
        if sent == bytes.count { return (nil, true) }
        item = Outgoing(bytes: Array(bytes[sent...]), descriptor: nil)
      }
      state.waitingBytes += item.bytes.count
      state.waiting.append(item)
      return (nil, false)
    }
    if let refusal { throw refusal }
    if !isDone { queue.async { self.flush() } }
  }

  /// Ends the connection. Harmless when it has ended.
  package func close() { finish(Self.closed) }

  package static let closed = Failure(.unavailable, operation: "talk over socket", cause: "the connection is closed")

  private func finish(_ failure: Failure) {
    let ends = state.withLock { state in
      if state.isClosed { return false }
      state.isClosed = true
      state.waiting = []
      state.waitingBytes = 0
      state.writer?.cancel()
      state.writer = nil
      state.reader?.cancel()
      Self.endPause(&state)
      state.reader = nil
      return true
    }
    if ends { ended(failure) }
  }

  /// Dispatch may look at the number until the last cancellation has gone through, so only then is it closed.
  private func released() {
    state.withLock { state in
      state.sources -= 1
      guard state.isClosed, state.sources == 0, !state.isReleased else { return }
      state.isReleased = true
      Glibc.close(socket)
    }
  }

  private func drain() {
    withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 8) { buffer in
      // A bounded number of rounds, so that a flooding peer cannot keep the queue from sending.
      for _ in 0..<16 {
        if state.withLock({ $0.isClosed || $0.isPaused }) { return }
        let count = recv(socket, buffer.baseAddress, buffer.count, 0)
        if count > 0 {
          received(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        } else if count == 0 {
          return finish(Failure(.unavailable, operation: "talk over socket", cause: "the other side has closed"))
        } else if errno == EAGAIN {
          return
        } else if errno != EINTR {
          return finish(Errno(errno).failure("talk over socket"))
        }
      }
    }
  }

  private func flush() {
    var isDrained = false
    let failure: Failure? = state.withLock { state in
      let hadSome = !state.waiting.isEmpty
      while !state.isClosed, let first = state.waiting.first {
        do throws(Errno) {
          let sent = try Self.push(first, to: socket)
          state.waitingBytes -= sent
          if sent == first.bytes.count {
            state.waiting.removeFirst()
          } else {
            state.waiting[0] = Outgoing(bytes: Array(first.bytes[sent...]), descriptor: nil)
          }
        } catch {
          guard error.isAgain else { return error.failure("talk over socket") }
          watchOutput(&state)
          return nil
        }
      }
      state.writer?.cancel()
      state.writer = nil
      isDrained = hadSome && !state.isClosed
      return nil
    }
    if isDrained { drained?() }
    if let failure { finish(failure) }
  }

  /// Sends what the socket takes. The descriptor goes with the first bytes, and our copy is closed then.
  private static func push(_ item: Outgoing, to socket: Int32) throws(Errno) -> Int {
    var numbers: [Int32] = []
    if let cell = item.descriptor { cell.peek { numbers.append($0) } }
    let sent = try item.bytes.span.bytes.withUnsafeBytes { bytes throws(Errno) in
      try Packets.sendSome(bytes, numbers: numbers, to: socket)
    }
    _ = item.descriptor?.take()
    return sent
  }

  private func watchOutput(_ state: inout State) {
    if state.writer != nil { return }
    let writer = DispatchSource.makeWriteSource(fileDescriptor: socket, queue: queue)
    writer.setEventHandler { self.flush() }
    writer.setCancelHandler { self.released() }
    state.writer = writer
    state.sources += 1
    writer.activate()
  }
}
