import Dispatch
import Failure
import Glibc
import Linux
import Seccomp

/// Hears of the forbidden system calls of one hypervisor.
///
/// As long as it listens the thread that made one stands still. When the supervisor ends so does the listener, and the
/// kernel answers ENOSYS: the call is not made then either, and the guest goes on.
final class ForbiddenCallWatch: Sendable {
  private let listener: Descriptor
  private static let queue = DispatchQueue(label: "procurator.forbidden")

  init(_ listener: consuming Descriptor) { self.listener = listener }

  /// Calls `body` with the name of each such call, until the process has ended.
  func onCall(_ body: @escaping @Sendable (String) -> Void) {
    let watch = DispatchSource.makeReadSource(fileDescriptor: listener.raw, queue: Self.queue)
    // Its handler keeps the source and this object, and so the listener, until it is cancelled.
    watch.setEventHandler { [self] in
      var state = pollfd(fd: listener.raw, events: Int16(POLLIN), revents: 0)
      guard poll(&state, 1, 0) > 0 else { return }
      if Int32(state.revents) & POLLIN != 0, let call = (try? ForbiddenCall.next(at: listener.raw)) ?? nil {
        body(SystemCall(number: call.number)?.name ?? "number \(call.number)")
      } else if Int32(state.revents) & (POLLHUP | POLLERR) != 0 {
        watch.cancel()
      }
    }
    watch.activate()
  }
}
