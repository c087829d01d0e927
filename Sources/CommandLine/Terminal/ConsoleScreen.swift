import Failure
import Synchronization

/// Where the guest's output goes: standard output, filtered if that is a terminal.
final class ConsoleScreen: Sendable {
  private struct State: Sendable {
    var past = TerminalFilter(.past)
    var live = TerminalFilter(.live)
    var isRaw = false
    var showsPast = false
  }

  private let state = Mutex(State())
  private let isTerminal = Standard.output.isTerminal

  /// Shows what the guest wrote.
  /// - Parameter isPast: it wrote that before anybody looked.
  func show(_ bytes: [UInt8], isPast: Bool) throws(Failure) {
    guard isTerminal else { return try Standard.output.write(bytes) }
    let shown: [UInt8] = state.withLock { state in
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
  var farewell: RawTerminal.Farewell {
    state.withLock { state in
      let traces = state.live.traces
      return .init(bytes: traces.undoing, awaitsAnswers: traces.hasQuestion || traces.isUnfiltered)
    }
  }
}
