import Dispatch
import Glibc
import Linux
import Synchronization

/// Standard input, read on demand, so that a long file waits for the guest and not in memory.
///
/// Reading blocks a thread of its own; a cancelled task wakes it through a pipe.
final class Keyboard: Sendable {
  private let queue = DispatchQueue(label: "keyboard")
  private let wakeUp: Descriptor
  private let woken: Descriptor

  init() throws(Errno) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw Errno(errno) }
    woken = Descriptor(owning: ends[0])
    wakeUp = Descriptor(owning: ends[1])
  }

  /// The next bytes; nil at the end of the input.
  /// - Throws: when the task has been cancelled. Nothing that was typed is lost by that.
  func next() async throws(CancellationError) -> [UInt8]? {
    let isCancelled = Flag()
    let typed = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        queue.async { continuation.resume(returning: self.read(until: isCancelled)) }
      }
    } onCancel: {
      isCancelled.value.store(true, ordering: .releasing)
      var byte: UInt8 = 0
      _ = write(wakeUp.raw, &byte, 1)
    }
    if case .cancelled = typed { throw CancellationError() }
    if case .bytes(let bytes) = typed { return bytes }
    return nil
  }

  private final class Flag: Sendable {
    let value = Atomic(false)
  }

  private enum Typed: Sendable {
    case bytes([UInt8])
    case end
    case cancelled
  }

  private func read(until isCancelled: Flag) -> Typed {
    var entries = [
      pollfd(fd: 0, events: Int16(POLLIN), revents: 0), pollfd(fd: woken.raw, events: Int16(POLLIN), revents: 0),
    ]
    while true {
      if isCancelled.value.load(ordering: .acquiring) { return .cancelled }
      guard poll(&entries, 2, -1) >= 0 else {
        if errno == EINTR { continue }
        return .end
      }
      if entries[1].revents != 0 {
        // It may be meant for an earlier call that ended by itself.
        var byte: UInt8 = 0
        _ = Glibc.read(woken.raw, &byte, 1)
        continue
      }
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = Glibc.read(0, &buffer, buffer.count)
      if count > 0 { return .bytes(Array(buffer[..<count])) }
      if count == 0 || (errno != EINTR && errno != EAGAIN) { return .end }
    }
  }
}
