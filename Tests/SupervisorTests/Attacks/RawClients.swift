import CLinux
import Foundation
import Glibc
import Linux
import Testing

/// Raw connections to a Unix socket, none of which ever blocks.
final class RawClients {
  private var sockets: [DescriptorCell] = []
  let path: String

  init(_ path: String) { self.path = path }

  /// What a client of HTTP/2 says first: the preface, and its settings, which are as usual (RFC 9113, 3.4).
  static let greeting = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]

  /// Connects, as that user of that group if one is named, and says `words`.
  func connect(_ count: Int, uid: UInt32? = nil, gid: UInt32 = 0, saying words: [UInt8] = []) async {
    let path = path
    let new: [DescriptorCell] = await withCheckedContinuation { continuation in
      // A thread of its own: its identity is that of no other, and ends with it.
      Thread.detachNewThread {
        if let uid, clinux_thread_identity(uid, gid) != 0 { return continuation.resume(returning: []) }
        let all = (0..<count).compactMap { _ -> DescriptorCell? in
          guard let socket = try? UnixSocket.connect(path, .stream) else { return nil }
          _ = fcntl(socket.raw, F_SETFL, O_NONBLOCK)
          _ = words.isEmpty ? 0 : Glibc.send(socket.raw, words, words.count, Int32(MSG_NOSIGNAL))
          return DescriptorCell(socket)
        }
        continuation.resume(returning: all)
      }
    }
    sockets += new
  }

  var count: Int { sockets.count }

  /// Sends to all; those that the other side has closed are dropped.
  /// - Returns: the bytes taken.
  func send(_ bytes: [UInt8]) -> Int {
    var taken = 0
    sockets.removeAll { cell in
      var isGone = false
      cell.peek { raw in
        let sent = Glibc.send(raw, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        if sent > 0 { taken += sent } else { isGone = errno != EAGAIN }
      }
      return isGone
    }
    return taken
  }

  /// How many of them the other side has not closed; what it has sent is read and dropped.
  var open: Int {
    sockets.removeAll { cell in
      var isGone = false
      cell.peek { raw in
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
          let got = recv(raw, &buffer, buffer.count, 0)
          if got > 0 { continue }
          isGone = got == 0 || errno != EAGAIN
          break
        }
      }
      return isGone
    }
    return sockets.count
  }
}
