import Failure
import Glibc
import Linux
import Storage
import Testing

@testable import NodeCore

/// Connections that are handed to a program that reads what servers send.
struct FetchConnectionTests {
  /// A socket that listens on the loopback.
  private func listener() throws -> Descriptor {
    let socket = Descriptor(
      owning: try Errno.check(socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)))
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let result = withUnsafePointer(to: &place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket.raw, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    let listens = listen(socket.raw, 4)
    #expect(result == 0 && listens == 0)
    return socket
  }

  private func place(of socket: Int32) -> sockaddr_in {
    var place = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
    }
    #expect(result == 0)
    return place
  }

  private func waits(_ socket: Int32, for events: Int32, _ milliseconds: Int32) -> Bool {
    var state = pollfd(fd: socket, events: Int16(events), revents: 0)
    return poll(&state, 1, milliseconds) > 0
  }

  /// A server that hangs up does not give its connection to another one.
  @Test func aConnectionLeadsNowhereElse() throws {
    let server = try listener()
    let other = try listener()
    let url = try FetchURL("http://127.0.0.1:\(UInt16(bigEndian: place(of: server.raw).sin_port))/", "test")
    let connection = try FetchConnection.open(
      url, from: FetchSources.parse(["127.0.0.1"]).sources, timeout: .seconds(60)
    ) { false }
    let accepted = Descriptor(owning: try Errno.check(accept(server.raw, nil, nil)))
    // It hangs up with a reset.
    var hard = linger(l_onoff: 1, l_linger: 0)
    let set = setsockopt(accepted.raw, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
    #expect(set == 0)
    _ = close(accepted.release())
    let hears = waits(connection.raw, for: POLLIN, 60_000)
    #expect(hears)
    var aim = place(of: other.raw)
    for _ in 0..<3 {
      let sent = withUnsafePointer(to: &aim) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          // linux/socket.h: MSG_FASTOPEN
          sendto(connection.raw, "x", 1, 0x2000_0000 | 0x4000, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      #expect(sent < 0)
    }
    let isReached = waits(other.raw, for: POLLIN, 200)
    #expect(!isReached)
  }
}
