@preconcurrency import Dispatch
import Failure
import Glibc
import Linux
import Synchronization

/// A listening socket whose connections are handed on. The hypervisor itself listens nowhere: it gets each client as a descriptor.
final class ViewerListener: Sendable {
  private let source: any DispatchSourceRead
  /// Where clients find it.
  let place: SocketPlace?

  /// Connections that wait to be handed on; who comes then is turned away. They wait while the hypervisor does not answer.
  static let mostWaiting = 4

  /// - Parameter hand: hands on a connection, and returns when that is done.
  init(
    _ path: String, group: String, mode: UInt32, _ hand: @escaping @Sendable (DescriptorCell) async -> Void
  ) throws(Failure) {
    let socket = try UnixSocket.listen(path, .stream, mode: 0o600)
    try UnixSocket.give(path, group: group, mode: mode)
    place = SocketPlace(path)
    let number = socket.release()
    _ = fcntl(number, F_SETFL, O_NONBLOCK)
    let waiting = Waiting()
    source = DispatchSource.makeReadSource(fileDescriptor: number, queue: DispatchQueue(label: "procurator.viewers"))
    source.setEventHandler {
      while let client = (try? UnixSocket.accept(number)) ?? nil {
        let cell = DescriptorCell(client)
        guard waiting.enter() else { continue }
        Task {
          await hand(cell)
          waiting.leave()
        }
      }
    }
    source.setCancelHandler { close(number) }
    source.activate()
  }

  deinit { source.cancel() }

  private final class Waiting: Sendable {
    private let count = Mutex(0)

    func enter() -> Bool {
      count.withLock { count in
        guard count < ViewerListener.mostWaiting else { return false }
        count += 1
        return true
      }
    }

    func leave() { count.withLock { $0 -= 1 } }
  }
}
