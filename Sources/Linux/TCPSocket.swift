import CLinux
import Glibc

/// Listening for TCP at one address of the host (tcp(7)).
public enum TCPSocket {
  /// Binds and listens. Non-blocking; every connection that is accepted is too.
  /// - Parameter address: an IPv4 or IPv6 address, without brackets.
  /// - Throws: EINVAL for what is no address, EADDRINUSE if somebody listens there, EADDRNOTAVAIL if the host does not have it.
  public static func listen(_ address: String, port: UInt16, backlog: Int32 = 16) throws(Errno) -> Descriptor {
    if let number = IPv4.parse(address) {
      var place = sockaddr_in()
      place.sin_family = sa_family_t(AF_INET)
      place.sin_port = port.bigEndian
      place.sin_addr.s_addr = number.bigEndian
      return try listen(AF_INET, place, backlog)
    }
    var place = sockaddr_in6()
    place.sin6_family = sa_family_t(AF_INET6)
    place.sin6_port = port.bigEndian
    guard inet_pton(AF_INET6, address, &place.sin6_addr) == 1 else { throw Errno(EINVAL) }
    return try listen(AF_INET6, place, backlog)
  }

  private static func listen<Address>(_ family: Int32, _ place: Address, _ backlog: Int32) throws(Errno) -> Descriptor {
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let socket = Descriptor(owning: try Errno.check(socket(family, kind, 0)))
    // Connections that have ended a moment ago would keep the port otherwise.
    var yes: Int32 = 1
    try Errno.check(setsockopt(socket.raw, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size)))
    let bound = withUnsafePointer(to: place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket.raw, $0, socklen_t(MemoryLayout<Address>.size))
      }
    }
    guard bound == 0, Glibc.listen(socket.raw, backlog) == 0 else { throw Errno(errno) }
    return socket
  }

  /// Who is at the other end of a connection, for people; empty if nobody is any more.
  public static func peer(of socket: Int32) -> String {
    var place = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let found = withUnsafeMutablePointer(to: &place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        getpeername(socket, address, &length) == 0
          && getnameinfo(address, length, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) == 0
      }
    }
    return found ? String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
  }
}
