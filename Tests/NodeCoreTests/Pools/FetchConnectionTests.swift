import Failure
import Glibc
import Linux
import Storage
import Testing

@testable import NodeCore

/// Connections that are handed to a program that reads what servers send.
struct FetchConnectionTests {
  /// A socket that listens on the loopback.
  private func listener() throws -> (socket: Descriptor, place: sockaddr_in) {
    let socket = Descriptor(
      owning: try Errno.check(socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)))
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        #expect(bind(socket.raw, $0, length) == 0 && listen(socket.raw, 4) == 0)
        #expect(getsockname(socket.raw, $0, &length) == 0)
      }
    }
    return (socket, place)
  }

  private func waits(_ socket: Int32, for events: Int32, _ milliseconds: Int32) -> Bool {
    var state = pollfd(fd: socket, events: Int16(events), revents: 0)
    return poll(&state, 1, milliseconds) > 0
  }

  /// A server that hangs up does not give its connection to another one.
  @Test func aConnectionLeadsNowhereElse() throws {
    let (server, place) = try listener()
    let (other, target) = try listener()
    let url = try FetchURL("http://127.0.0.1:\(UInt16(bigEndian: place.sin_port))/", "test")
    let connection = try FetchConnection.open(
      url, from: FetchSources.parse(["127.0.0.1"]).sources, timeout: .seconds(60)
    ) { false }
    let accepted = Descriptor(owning: try Errno.check(accept(server.raw, nil, nil)))
    // It hangs up with a reset.
    var hard = linger(l_onoff: 1, l_linger: 0)
    #expect(setsockopt(accepted.raw, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size)) == 0)
    _ = close(accepted.release())
    #expect(waits(connection.raw, for: POLLIN, 60_000))
    var aim = target
    for _ in 0..<3 {
      let sent = withUnsafePointer(to: &aim) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          // linux/socket.h: MSG_FASTOPEN
          sendto(connection.raw, "x", 1, 0x2000_0000 | 0x4000, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      #expect(sent < 0)
    }
    #expect(!waits(other.raw, for: POLLIN, 200))
  }
}
