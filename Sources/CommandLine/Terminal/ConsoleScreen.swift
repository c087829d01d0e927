import Failure
import Glibc
import Synchronization

/// Where the guest's output goes: standard output, filtered if that is a terminal.
final class ConsoleScreen: Sendable {
  private struct State: Sendable {
    var past = TerminalFilter(.past)
    var live = TerminalFilter(.live)
    var isRaw = false
    var showsPast = false
    var isWriting = false
    /// The terminal is given back: what comes now is for nobody.
    var isOver = false
  }

  private let state = Mutex(State())
  private let isTerminal = Standard.output.isTerminal

  /// Shows what the guest wrote.
  /// - Parameter isPast: it wrote that before anybody looked.
  func show(_ bytes: [UInt8], isPast: Bool) throws(Failure) {
    guard isTerminal else { return try Standard.output.write(bytes) }
    let shown: [UInt8]? = state.withLock { state in
      if state.isOver { return nil }
      state.isWriting = true
      if isPast {
        state.showsPast = true
        return state.past.feed(bytes)
      }
      // A colour of the past does not reach into the present.
      let border = state.showsPast ? Array("\u{1b}[0m".utf8) : []
      state.showsPast = false
      // Filtered or not, what it leaves set has to be known.
      let filtered = state.live.feed(bytes)
      return border + (state.isRaw ? bytes : filtered)
    }
    guard let shown else { return }
    defer { state.withLock { $0.isWriting = false } }
    try Standard.output.write(shown)
  }

  /// Passes everything on, or not any more; tells which.
  func toggle() -> Bool {
    state.withLock { state in
      state.isRaw.toggle()
      var fresh = TerminalFilter(.live)
      fresh.traces = state.live.traces
      fresh.traces.isUnfiltered = fresh.traces.isUnfiltered || state.isRaw
      state.live = fresh
      return state.isRaw
    }
  }

  /// What gives the terminal back as it was before the guest had it.
  /// - Parameter isLast: nothing is shown any more after that.
  func farewell(isLast: Bool) -> RawTerminal.Farewell {
    if isLast { end() }
    return state.withLock { state in
      let traces = state.live.traces
      return .init(bytes: traces.undoing, awaitsAnswers: traces.hasQuestion || traces.isUnfiltered)
    }
  }

  /// What is being written now is not waited for longer than a terminal may take: it can be stopped (^S).
  private func end() {
    state.withLock { $0.isOver = true }
    let pause: Int32 = 10
    for _ in 0..<RawTerminal.timeout / pause where state.withLock({ $0.isWriting }) { poll(nil, 0, pause) }
  }
}
