import Dispatch
package import Failure
import Glibc
import Linux
import Synchronization

/// The events of this host, in two files of bounded size: when one is full it takes the place of the older one.
///
/// Nothing is synced: a crash of the supervisor loses nothing that was written, a power cut the last seconds. What has
/// to survive is in the records.
package final class EventLog: Sendable {
  /// Where the files are.
  package let folder: String
  /// Bytes at which a file is full.
  package let segmentSize: Int
  private let queue = DispatchQueue(label: "procurator.events")
  private let state: Mutex<Waiting>
  private let file = Mutex(EventFile())
  /// Where it is noted, outside of `folder`, how many events are not on disk, for a next life of ours.
  private let losses: String?

  /// Events that wait for the disk; more than that are counted and forgotten.
  static let mostWaiting = 4096
  /// Events that are written in one go.
  private static let portion = 128
  /// When writing is tried again after it has failed; sooner if there is something new.
  private static let pause = DispatchTimeInterval.seconds(2)
  /// Two of them are kept.
  package static let usualSegmentSize = 4 << 20

  private struct Waiting {
    var events: [HostEvent] = []
    var isWriting = false
    /// Whether somebody comes back to what could not be written.
    var isPending = false
    /// Those that are forgotten, and of that no event tells yet.
    var lost = 0
    /// What was last noted about that.
    var noted = 0
    /// Events since the start, by kind.
    var counts: [String: UInt64] = [:]
    /// Why the last events are not on disk.
    var trouble: Failure?
    var watchers: [UInt64: AsyncStream<Void>.Continuation] = [:]
    var nextWatcher: UInt64 = 0
  }

  /// Goes on with the log in `folder`, or begins one at the first event.
  /// - Parameter losses: a file elsewhere that remembers what could not be written; nil for a log without memory.
  package init(folder: String, segmentSize: Int = usualSegmentSize, losses: String? = nil) {
    self.folder = folder
    self.segmentSize = segmentSize
    self.losses = losses
    let text = losses.flatMap { try? Files.readText($0, limit: 32) } ?? ""
    // A file that says more than that is damaged: it is counted on from here.
    let lost = Int(text.prefix { $0.isNumber }).flatMap { $0 < 1 << 53 ? $0 : nil } ?? 0
    state = Mutex(Waiting(lost: lost, noted: lost))
  }

  /// The file that is written, and the one before it.
  package var segments: EventSegments { EventSegments(folder: folder) }

  /// Notes an event. Returns at once: writing happens elsewhere, in order.
  package func append(_ event: HostEvent) {
    let begins = state.withLock { state in
      state.counts[event.kind.rawValue, default: 0] += 1
      if state.events.count >= Self.mostWaiting {
        state.lost += 1
        return false
      }
      state.events.append(event)
      defer { state.isWriting = true }
      return !state.isWriting
    }
    if begins { queue.async { self.write() } }
  }

  /// Events since the supervisor started, by kind; kinds are few and ours.
  package var counts: [String: UInt64] { state.withLock { $0.counts } }

  /// Why the last events could not be written, and how many wait or are lost; nil if they were.
  package var trouble: Failure? {
    state.withLock { state in
      guard var trouble = state.trouble else { return nil }
      trouble.cause += "; events that wait for room: \(state.events.count)"
      if state.lost > 0 { trouble.cause += ", lost: \(state.lost)" }
      return trouble
    }
  }

  /// Events that are not on disk: those that wait, while writing fails, and those that are lost.
  var unwritten: Int { state.withLock { $0.lost + ($0.trouble == nil ? 0 : $0.events.count) } }

  /// Returns when everything that was appended before has been written, or given up.
  package func flush() async {
    await withCheckedContinuation { continuation in
      queue.async {
        self.write()
        continuation.resume()
      }
    }
  }

  /// Yields after events were written, and once at the beginning.
  package func changes() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let number = state.withLock { state in
      state.nextWatcher += 1
      state.watchers[state.nextWatcher] = continuation
      return state.nextWatcher
    }
    continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.watchers[number] = nil } }
    continuation.yield()
    return stream
  }

  /// Writes what waits, until nothing does or it fails. On the queue.
  private func write() {
    while true {
      let (events, lost) = state.withLock { state in
        let events = Array(state.events.prefix(Self.portion))
        if events.isEmpty { state.isWriting = false }
        return (events, state.lost)
      }
      guard !events.isEmpty else { return }
      var trouble: Failure?
      do throws(Failure) {
        try file.withLock { file throws(Failure) in try file.write(events, lost: lost, segments, limit: segmentSize) }
      } catch {
        trouble = error
      }
      let (watchers, unwritten, comesBack) = state.withLock { state in
        state.trouble = trouble
        guard trouble != nil else {
          state.events.removeFirst(events.count)
          state.lost -= lost
          return (Array(state.watchers.values), state.lost, false)
        }
        state.isWriting = false
        defer { state.isPending = true }
        return ([], state.lost + state.events.count, !state.isPending)
      }
      note(unwritten)
      for watcher in watchers { watcher.yield() }
      if comesBack { comeBack() }
      if trouble != nil { return }
    }
  }

  private func comeBack() {
    queue.asyncAfter(deadline: .now() + Self.pause) { [weak self] in
      guard let self else { return }
      state.withLock { $0.isPending = false }
      write()
    }
  }

  /// Remembers how many events are not on disk.
  private func note(_ count: Int) {
    guard let losses, state.withLock({ $0.noted != count }) else { return }
    state.withLock { $0.noted = count }
    if count == 0 {
      unlink(losses)
    } else {
      try? Files.replace(losses, with: Array("\(count)\n".utf8), durable: false)
    }
  }
}
