import Foundation
import Glibc
import Linux
import Synchronization

@testable import Hypervisor
@testable import Text

/// The far end of an agent's port in a guest that writes what it likes, asked or not.
final class FloodingGuest: Sendable {
  private let socket: Int32
  private let count = Mutex(0)
  private let isOver = Mutex(false)

  private let near: Mutex<Descriptor?>

  init() throws {
    var ends = try UnixSocket.pair(.stream)
    guard let near = ends.take(0), let far = ends.take(1) else { throw Errno(EBADF) }
    self.near = Mutex(near)
    socket = far.release()
    _ = fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK)
  }

  /// Connects an agent's client to it.
  func agent(flooded: @escaping @Sendable (Bool) -> Void = { _ in }) throws -> GuestAgent {
    guard let end = near.withLock({ $0.take() }) else { throw Errno(EBADF) }
    return GuestAgent.adopt(end, flooded: flooded)
  }

  deinit { close(socket) }

  /// Bytes that somebody has taken, the socket's own buffer included.
  var sent: Int { count.withLock { $0 } }
  /// Whether the other end takes nothing at the moment.
  var isStuck: Bool {
    var entry = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
    return poll(&entry, 1, 50) == 0
  }

  /// Writes `piece` again and again, until `most` bytes are gone or `stop` is called.
  func flood(_ piece: [UInt8], most: Int = .max) {
    Thread.detachNewThread { [self] in
      var left = most
      while left > 0, !isOver.withLock({ $0 }) {
        let sent = send(socket, piece, min(piece.count, left), Int32(MSG_NOSIGNAL.magnitude))
        if sent > 0 {
          count.withLock { $0 += sent }
          left -= sent
        } else if errno == EAGAIN {
          var entry = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
          poll(&entry, 1, 50)
        } else {
          return
        }
      }
    }
  }

  /// Ends all writing.
  func stop() { isOver.withLock { $0 = true } }

  /// Answers requests as an agent does, on a thread of its own: each gets `{"return": {}}`, a sync its number.
  func serve() {
    Thread.detachNewThread { [self] in
      var framer = LineFramer(limit: 1 << 24, mark: 0xff)
      var room = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        poll(&entry, 1, 100)
        let got = recv(socket, &room, room.count, 0)
        if got == 0 { return }
        guard got > 0 else { continue }
        for case .line(let line, _) in framer.feed(room[..<got]) {
          let id = (try? JSON(parsing: line))?["arguments"]?["id"]?.integer
          say((id.map { [0xff] + Array("{\"return\": \($0)}\n".utf8) }) ?? Array("{\"return\": {}}\n".utf8))
        }
      }
    }
  }

  private func say(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL.magnitude)) }
      if sent > 0 { rest = rest.dropFirst(sent) } else if errno != EAGAIN { return }
    }
  }
}

/// What this process has used.
enum OwnUse {
  /// Bytes of memory that are resident now.
  static var memory: UInt64 { ProcessFacts(pid: getpid())?.residentBytes ?? 0 }
  /// Seconds of processor time.
  static var processor: Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }
}

/// Waits until `condition` holds, looking every few milliseconds.
func eventually(_ what: String, within seconds: Double = 60, _ condition: () async throws -> Bool) async throws {
  let end = ContinuousClock.now + .seconds(seconds)
  while ContinuousClock.now < end {
    if try await condition() { return }
    try await Task.sleep(for: .milliseconds(5))
  }
  throw NotInTime(what: what)
}

struct NotInTime: Error {
  let what: String
}
