import Dispatch
import Glibc
import Synchronization

/// The terminal's mode while a console is attached: every key goes to the guest. There is one terminal, so this is one
/// value of the process; it is put back on every way out, signals included, and for as long as the process is stopped.
enum RawTerminal {
  /// What a terminal is told when it is given back.
  struct Farewell: Sendable {
    /// Sequences that take back what the guest has set.
    var bytes: [UInt8] = []
    /// Whether answers to the guest's questions may still come: nobody but the guest should get them.
    var awaitsAnswers = false
  }

  private struct State {
    /// The mode to put back.
    var saved: termios?
    var raw = termios()
    var farewell: @Sendable (_ isLast: Bool) -> Farewell = { _ in Farewell() }
    var guards: [any DispatchSourceSignal] = []
  }

  private static let state = Mutex(State())

  /// Signals that end the process and would leave the terminal raw behind it.
  private static let endings = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]
  /// Milliseconds that a terminal has for the answers it still owes; a round trip over a continent takes 200.
  static let timeout: Int32 = 400

  /// Whether the terminal is in raw mode now.
  static var isRaw: Bool { state.withLock { $0.saved != nil } }

  /// Sets raw mode if both standard input and output are a terminal; tells whether it did.
  /// - Parameter farewell: asked for when the terminal is given back; for good if it is the last.
  static func enter(_ farewell: @escaping @Sendable (_ isLast: Bool) -> Farewell) -> Bool {
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
      state.raw = mode
      state.farewell = farewell
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
      state.guards += stopGuards()
      return true
    }
  }

  // MARK: stopping

  /// Stopping and going on follow each other.
  private static let stops = DispatchQueue(label: "terminal.stops")

  /// SIGTSTP stops as usual, after the terminal is given back; SIGCONT, also after a SIGSTOP that nobody can catch, takes
  /// it again. Where a shell without job control has SIGTSTP ignored it stays so.
  private static func stopGuards() -> [any DispatchSourceSignal] {
    var now = sigaction()
    // The handlers are one value, seen as a number: SIG_IGN of signal(2) is 1.
    guard sigaction(SIGTSTP, nil, &now) == 0,
      unsafeBitCast(now.__sigaction_handler.sa_handler, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self)
    else { return [] }
    return [(SIGTSTP, pause), (SIGCONT, goOn)].map { number, handle in
      let source = DispatchSource.makeSignalSource(signal: number, queue: stops)
      source.setEventHandler(handler: handle)
      source.resume()
      return source
    }
  }

  private static let pause: @Sendable () -> Void = {
    state.withLock { state in
      // What is in the background has no terminal to give back.
      guard let mode = state.saved, !isInBackground else { return }
      restore(mode, state.farewell(false))
    }
    stop(by: SIGTSTP)
    goOn()
  }

  private static let goOn: @Sendable () -> Void = {
    // The shell has the terminal (`bg`): whoever wants it waits for its turn, as reading would have it.
    if isInBackground { stop(by: SIGTTIN) }
    state.withLock { state in
      guard state.saved != nil, !isInBackground else { return }
      tcsetattr(0, TCSADRAIN, &state.raw)
    }
  }

  /// Whether another job has the terminal; not if it is nobody's.
  private static var isInBackground: Bool {
    let foreground = tcgetpgrp(0)
    return foreground > 0 && foreground != getpgrp()
  }

  /// Does what the signal does when nobody catches it, and returns when the process goes on. The kernel does not stop a
  /// process that no shell could wake.
  private static func stop(by number: Int32) {
    var (usual, caught) = (sigaction(), sigaction())
    usual.__sigaction_handler.sa_handler = SIG_DFL
    guard sigaction(number, &usual, &caught) == 0 else { return }
    var (only, masked) = (sigset_t(), sigset_t())
    sigemptyset(&only)
    sigaddset(&only, number)
    pthread_sigmask(SIG_UNBLOCK, &only, &masked)
    raise(number)
    pthread_sigmask(SIG_SETMASK, &masked, nil)
    sigaction(number, &caught, nil)
  }

  // MARK: giving back

  /// Takes back what the guest has set, and puts the former mode back; without effect if that was done already.
  static func leave() {
    state.withLock { state in
      guard let mode = state.saved else { return }
      state.saved = nil
      restore(mode, state.farewell(true))
      for source in state.guards { source.cancel() }
      state.guards = []
      for number in endings { signal(number, SIG_DFL) }
    }
  }

  private static func restore(_ former: termios, _ farewell: Farewell) {
    var mode = former
    say(farewell.bytes)
    if farewell.awaitsAnswers { takeAnswers() }
    // With TCSAFLUSH what has come and was not read is dropped.
    tcsetattr(0, farewell.awaitsAnswers ? TCSAFLUSH : TCSADRAIN, &mode)
  }

  /// Writes what fits, and waits for nobody: the terminal may be stopped (^S), or gone.
  private static func say(_ bytes: [UInt8]) {
    var entry = pollfd(fd: 1, events: Int16(POLLOUT), revents: 0)
    guard !bytes.isEmpty, poll(&entry, 1, timeout) == 1, entry.revents & Int16(POLLOUT) != 0 else { return }
    _ = write(1, bytes, bytes.count)
  }

  /// Reads and drops what the terminal still has to say. A terminal answers in order: with the answer to our own question
  /// (is it there? ECMA-48, DSR 5) all others have come.
  private static func takeAnswers() {
    say(Array("\u{1b}[5n".utf8))
    let last = Array("\u{1b}[0n".utf8)
    var seen: [UInt8] = []
    var entry = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
    // More than that is no answer.
    while seen.count < 1 << 16, poll(&entry, 1, timeout) == 1, entry.revents & Int16(POLLIN) != 0 {
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = read(0, &buffer, buffer.count)
      guard count > 0 else { return }
      seen += buffer.prefix(count)
      if seen.suffix(count + last.count).contains(last) { return }
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
