import Dispatch
import Glibc
import Synchronization

/// The terminal's mode while a console is attached: every key goes to the guest. There is one terminal, so this is one
/// value of the process; it is put back on every way out, signals included.
enum RawTerminal {
  private struct State {
    var saved: termios?
    var guards: [any DispatchSourceSignal] = []
  }

  private static let state = Mutex(State())

  /// Signals that end the process and would leave the terminal raw behind it.
  private static let endings = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

  /// Whether the terminal is in raw mode now.
  static var isRaw: Bool { state.withLock { $0.saved != nil } }

  /// Sets raw mode if both standard input and output are a terminal; tells whether it did.
  static func enter() -> Bool {
    guard isatty(0) == 1, isatty(1) == 1 else { return false }
    return state.withLock { state in
      var mode = termios()
      guard state.saved == nil, tcgetattr(0, &mode) == 0 else { return false }
      state.saved = mode
      cfmakeraw(&mode)
      guard tcsetattr(0, TCSANOW, &mode) == 0 else {
        state.saved = nil
        return false
      }
      state.guards = endings.map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number)
        source.setEventHandler {
          leave()
          end(by: number)
        }
        source.resume()
        return source
      }
      return true
    }
  }

  /// Puts the former mode back; without effect if it is back already.
  static func leave() {
    state.withLock { state in
      guard var mode = state.saved else { return }
      state.saved = nil
      tcsetattr(0, TCSADRAIN, &mode)
      for source in state.guards { source.cancel() }
      state.guards = []
      for number in endings { signal(number, SIG_DFL) }
    }
  }

  /// Dies of the signal, as if it had not been caught. Dispatch's threads block all signals, so it is let through first.
  private static func end(by number: Int32) {
    var only = sigset_t()
    sigemptyset(&only)
    sigaddset(&only, number)
    pthread_sigmask(SIG_UNBLOCK, &only, nil)
    raise(number)
    _exit(128 + number)
  }
}
