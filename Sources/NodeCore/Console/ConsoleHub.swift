import Failure
package import Hypervisor
import Linux
package import Synchronization

/// The serial console of a VM: any number of readers, one of them with the keyboard. Outlives the guest.
///
/// QEMU serves one client on that socket; the hub is that client for everybody. It always reads, so a guest never waits
/// for a slow reader, and what a reader cannot take in time is lost for that reader alone, who is told how much.
///
/// The past is the log's. The hub keeps bytes of its own only while somebody is attached: the ring is what a slow reader
/// may be late by. Every byte has the number that the log gives it, so that a reader can go on where it was, also after
/// the supervisor was started again. QEMU repeats a byte in its log (not on the socket) when the socket is full (qemu_chr_write_buffer,
/// seen in 7.2), so the hub's count falls behind the log's and is put right every now and then.
package final class ConsoleHub: Sendable {
  package let log: GuestLog
  /// Bytes of the past that a reader may ask for, and that a slow one may be late by.
  package let history: Int

  package struct State: Sendable {
    package var ring: ByteRing
    package var readers: [UInt64: Reader] = [:]
    package var writer: UInt64?
    package var next: UInt64 = 0
    package var channel: StreamChannel?
    /// Counts connections, so that an old one's last words are known as such.
    package var line: UInt64 = 0
    /// Nothing has come on this connection yet: what the log has more is news.
    package var isFresh = false
    package var isQuietWatched = false
    /// Bytes since the last look at the log.
    package var unchecked = 0
    package var lastReset: ContinuousClock.Instant?
    package var bytes: UInt64 = 0
    package var droppedBytes: UInt64 = 0

    package init(
      ring: ByteRing, readers: [UInt64: Reader] = [:], writer: UInt64? = nil, next: UInt64 = 0,
      channel: StreamChannel? = nil, line: UInt64 = 0, isFresh: Bool = false, isQuietWatched: Bool = false,
      unchecked: Int = 0, lastReset: ContinuousClock.Instant? = nil, bytes: UInt64 = 0, droppedBytes: UInt64 = 0
    ) {
      self.ring = ring
      self.readers = readers
      self.writer = writer
      self.next = next
      self.channel = channel
      self.line = line
      self.isFresh = isFresh
      self.isQuietWatched = isQuietWatched
      self.unchecked = unchecked
      self.lastReset = lastReset
      self.bytes = bytes
      self.droppedBytes = droppedBytes
    }
  }

  package let state: Mutex<State>

  /// Bytes after which the log is looked at.
  private let interval: Int
  /// How long nothing has to come for what the log has and the hub has not to be settled.
  private static let quiet: Duration = .milliseconds(500)

  package init(log: GuestLog, history: Int) {
    self.log = log
    self.history = history
    interval = min(256 << 10, Int(log.cap / 32))
    state = Mutex(State(ring: ByteRing(limit: history)))
  }

  /// Whether the guest is heard.
  package var isConnected: Bool { state.withLock { $0.channel != nil } }
  /// Bytes that came from the guest.
  package var bytes: UInt64 { state.withLock { $0.bytes } }
  /// Bytes that readers were too slow for, summed over the readers.
  package var droppedBytes: UInt64 { state.withLock { $0.droppedBytes } }
  /// Bytes of memory that the ring has now.
  package var memory: Int { state.withLock { $0.ring.allocated } }

  // MARK: the line

  /// Connects to the console's socket of a hypervisor; without effect if it is connected. Who stays attached hears of it.
  package func connect(_ path: String) {
    guard !isConnected, let socket = try? UnixSocket.connectAtOnce(path) else { return }
    let line = state.withLock { state in
      state.line += 1
      return state.line
    }
    let channel = StreamChannel(
      socket, label: "procurator.console",
      received: { [weak self] bytes in self?.received(bytes) }, ended: { [weak self] _ in self?.ended(line) })
    state.withLock { state in
      state.channel = channel
      state.isFresh = true
      for number in state.readers.keys { state.tell(number, "the guest has been started again", at: 0) }
    }
    channel.start()
    channel.perform { [weak self] in self?.align() }
    watchQuiet(channel)
  }

  /// The guest has ended. Who stays attached waits for its next start.
  package func close() {
    let (channel, line) = state.withLock { ($0.channel, $0.line) }
    channel?.close()
    if channel != nil { ended(line) }
  }

  private func ended(_ line: UInt64) {
    state.withLock { state in
      guard state.line == line, state.channel != nil else { return }
      state.channel = nil
      let end = state.ring.end
      for (number, reader) in state.readers {
        if reader.stays {
          state.tell(number, "the guest has ended; staying for its next start", at: end)
        } else {
          state.readers[number]?.isEnding = true
          state.readers[number]?.wake.yield()
        }
      }
    }
  }

  /// The VM is gone: ends it for all.
  package func finish() {
    close()
    state.withLock { state in
      for number in state.readers.keys {
        state.tell(number, "the VM has been deleted", at: 0)
        state.readers[number]?.isEnding = true
      }
    }
  }

  /// The guest was reset without its process ending. A board says so several times.
  func guestWasReset() {
    state.withLock { state in
      let now = ContinuousClock.now
      defer { state.lastReset = now }
      if let last = state.lastReset, now - last < .seconds(2) { return }
      for number in state.readers.keys { state.tell(number, "the guest has restarted", at: state.ring.end) }
    }
  }

  // MARK: what the guest writes

  private func received(_ bytes: UnsafeRawBufferPointer) {
    let isFresh = state.withLock { state in
      defer { state.isFresh = false }
      return state.isFresh
    }
    if isFresh { align(pending: bytes.count, isNews: true) }
    let (isDue, channel) = state.withLock { state in
      state.bytes += UInt64(bytes.count)
      state.unchecked += bytes.count
      if state.readers.isEmpty {
        state.ring.skip(bytes.count)
      } else {
        state.ring.append(bytes)
        for reader in state.readers.values { reader.wake.yield() }
      }
      let isDue = state.unchecked >= interval
      if isDue { state.unchecked = 0 }
      return (isDue, state.channel)
    }
    if isDue {
      log.trimSoon()
      align()
    }
    if let channel { watchQuiet(channel) }
  }

  /// Looks again when nothing has come for a while. No clock runs for a guest that is silent.
  private func watchQuiet(_ channel: StreamChannel) {
    let count: UInt64? = state.withLock { state in
      if state.isQuietWatched { return nil }
      state.isQuietWatched = true
      return state.bytes
    }
    guard let count else { return }
    channel.after(Self.quiet) { [weak self] in
      guard let self else { return }
      let isQuiet = state.withLock { state in
        state.isQuietWatched = false
        return state.bytes == count
      }
      guard isQuiet else { return watchQuiet(channel) }
      align(isQuiet: true)
      log.trimSoon()
    }
  }

  /// Compares the hub's count with the log's. On the channel's queue only, or without a channel.
  /// - Parameters:
  ///   - pending: bytes that have come and are not counted yet.
  ///   - isNews: what the log has more was written before anybody listened, and readers get it from there.
  ///   - isQuiet: nothing is on its way, so that a log that has less really lacks it.
  func align(pending: Int = 0, isNews: Bool = false, isQuiet: Bool = false) {
    guard let logged = log.extent?.upperBound else { return }
    let lacking = state.withLock { state -> UInt64? in
      let unread = UInt64(pending + (state.channel?.unread ?? 0))
      let end = state.ring.end
      let known = logged - min(logged, unread)
      if known > end {
        if isNews || state.isFresh || state.channel == nil {
          state.readFromLog(upTo: known)
        } else {
          state.shift(by: known - end)
        }
      }
      // What everybody has read is the log's to keep.
      if isQuiet, state.readers.values.allSatisfy({ $0.position >= state.ring.end }) {
        state.ring.restart(at: state.ring.end)
      }
      return isQuiet && unread == 0 && known < end ? end : nil
    }
    if let lacking { log.raise(to: lacking) }
  }
}
