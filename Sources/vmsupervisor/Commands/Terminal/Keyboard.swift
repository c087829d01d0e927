import Dispatch
import Glibc
import Linux

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

  /// The next bytes; nil at the end of the input, or when the task has been cancelled.
  func next() async -> [UInt8]? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        queue.async { continuation.resume(returning: self.read()) }
      }
    } onCancel: {
      var byte: UInt8 = 0
      _ = write(wakeUp.raw, &byte, 1)
    }
  }

  private func read() -> [UInt8]? {
    var entries = [
      pollfd(fd: 0, events: Int16(POLLIN), revents: 0), pollfd(fd: woken.raw, events: Int16(POLLIN), revents: 0),
    ]
    while true {
      guard poll(&entries, 2, -1) >= 0 else {
        if errno == EINTR { continue }
        return nil
      }
      if entries[1].revents != 0 { return nil }
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = Glibc.read(0, &buffer, buffer.count)
      if count > 0 { return Array(buffer[..<count]) }
      if count == 0 || (errno != EINTR && errno != EAGAIN) { return nil }
    }
  }
}
