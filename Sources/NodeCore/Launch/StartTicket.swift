package import Linux
import Synchronization

/// One attempt to start a VM, as far as it can be left to itself: looking at files may take for ever where a file system
/// does not answer, and no thread can be taken out of that. Who gives up on it takes away what it holds; should it ever go
/// on, it finds that it was given up and does nothing more.
package final class StartTicket: Sendable {
  private enum Phase {
    /// Not in files: it goes on by itself.
    case elsewhere
    /// In files, which may take for ever.
    case files
    /// Past the files: a process is being made.
    case executing
    case abandoned
  }

  private struct State {
    var phase = Phase.elsewhere
    var held: [DescriptorCell] = []
  }

  private let state = Mutex(State())

  var isAbandoned: Bool { state.withLock { $0.phase == .abandoned } }

  /// What is closed when it is given up: lock and TAPs, which the next attempt needs.
  package func hold(_ cells: [DescriptorCell]) { state.withLock { $0.held += cells } }

  /// The attempt is over: what the hypervisor has not got is closed.
  func letGo() {
    state.withLock { state in
      for cell in state.held { _ = cell.take() }
      state.held = []
    }
  }

  /// Begins to look at files.
  /// - Returns: false if it was given up.
  func enterFiles() -> Bool { move(to: .files) }

  /// The files have been looked at.
  func leaveFiles() -> Bool { move(to: .elsewhere) }

  /// A process is made now; from here on it takes a bounded time.
  func commit() -> Bool { move(to: .executing) }

  private func move(to phase: Phase) -> Bool {
    state.withLock { state in
      guard state.phase != .abandoned else { return false }
      state.phase = phase
      return true
    }
  }

  /// Gives it up, if it is in files.
  /// - Returns: whether that was so.
  package func abandon() -> Bool {
    state.withLock { state in
      guard state.phase == .files else { return false }
      state.phase = .abandoned
      for cell in state.held { _ = cell.take() }
      state.held = []
      return true
    }
  }
}
