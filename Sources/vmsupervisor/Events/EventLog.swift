import Dispatch
import Failure
import Synchronization

/// The events of this host, in two files of bounded size: when one is full it takes the place of the older one.
///
/// Nothing is synced: a crash of the supervisor loses nothing that was written, a power cut the last seconds. What has
/// to survive is in the records.
final class EventLog: Sendable {
  /// Where the files are.
  let folder: String
  /// Bytes at which a file is full.
  let segmentSize: Int
  private let queue = DispatchQueue(label: "procurator.events")
  private let state: Mutex<Waiting>
  private let file = Mutex(EventFile())

  /// Events that wait for the disk; more than that are counted and forgotten.
  private static let mostWaiting = 4096
  /// Two of them are kept.
  static let usualSegmentSize = 4 << 20

  private struct Waiting {
    var events: [HostEvent] = []
    var isWriting = false
    var lost = 0
    /// Events since the start, by kind.
    var counts: [String: UInt64] = [:]
    /// Why the last events are not on disk.
    var trouble: Failure?
    var watchers: [UInt64: AsyncStream<Void>.Continuation] = [:]
    var nextWatcher: UInt64 = 0
  }

  /// Goes on with the log in `folder`, or begins one at the first event.
  init(folder: String, segmentSize: Int = usualSegmentSize) {
    self.folder = folder
    self.segmentSize = segmentSize
    state = Mutex(Waiting())
  }

  /// The file that is written, and the one before it.
  var segments: EventSegments { EventSegments(folder: folder) }

  /// Notes an event. Returns at once: writing happens elsewhere, in order.
  func append(_ event: HostEvent) {
    let begins = state.withLock { state in
      state.counts[event.kind, default: 0] += 1
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
  var counts: [String: UInt64] { state.withLock { $0.counts } }

  /// Why the last events could not be written; nil if they were.
  var trouble: Failure? { state.withLock { $0.trouble } }

  /// Returns when everything that was appended before has been written, or given up.
  func flush() async {
    await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
  }

  /// Yields after events were written, and once at the beginning.
  func changes() -> AsyncStream<Void> {
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

  private func write() {
    while true {
      let (events, lost) = state.withLock { state in
        guard !state.events.isEmpty else {
          state.isWriting = false
          return ([HostEvent](), 0)
        }
        defer { (state.events, state.lost) = ([], 0) }
        return (state.events, state.lost)
      }
      guard !events.isEmpty else { return }
      var trouble: Failure?
      do throws(Failure) {
        try file.withLock { file throws(Failure) in try file.write(events, lost: lost, segments, limit: segmentSize) }
      } catch {
        trouble = error
      }
      let watchers = state.withLock { state in
        state.trouble = trouble
        if trouble != nil { state.lost += lost + events.count }
        return Array(state.watchers.values)
      }
      for watcher in watchers { watcher.yield() }
    }
  }
}
