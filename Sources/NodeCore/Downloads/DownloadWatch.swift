import Storage
import Synchronization

/// What is known of a download while it goes on, and whether it is to go on. Asked from any thread.
final class DownloadWatch: Sendable {
  private struct State {
    var bytes: UInt64 = 0
    var isCancelled = false
    /// Since when bytes come, and how many were there by then.
    var began: (time: ContinuousClock.Instant, bytes: UInt64)?
    var room: ToolRoom?
  }
  private let state = Mutex(State())

  var bytes: UInt64 {
    get { state.withLock { $0.bytes } }
    set { state.withLock { $0.bytes = newValue } }
  }

  var isCancelled: Bool { state.withLock { $0.isCancelled } }

  /// Bytes begin to come.
  func begin(at bytes: UInt64) {
    state.withLock {
      $0.bytes = bytes
      if $0.began == nil { $0.began = (.now, bytes) }
    }
  }

  /// Bytes a second since then.
  var rate: UInt64 {
    state.withLock {
      guard let began = $0.began, $0.bytes > began.bytes else { return 0 }
      let passed = began.time.duration(to: .now)
      let seconds = Double(passed.components.seconds) + Double(passed.components.attoseconds) / 1e18
      return seconds > 0 ? UInt64(min(Double($0.bytes - began.bytes) / seconds, 1e15)) : 0
    }
  }

  /// Where its tools run: what is cancelled ends there.
  func use(_ room: ToolRoom) {
    let isCancelled = state.withLock { state in
      state.room = room
      return state.isCancelled
    }
    if isCancelled { room.close() }
  }

  func cancel() {
    let room = state.withLock { state in
      state.isCancelled = true
      return state.room
    }
    room?.close()
  }
}
