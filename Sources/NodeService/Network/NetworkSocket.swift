package import Failure
import Glibc
package import Linux
import NIOCore
package import Text

/// TCP sockets.
package enum NetworkSocket {
  /// What is done with them, for messages.
  static let operation = "serve the network at"

  /// Binds one to an IP address and a port. Port 0 is any that is free.
  /// - Throws: `.exists` if another process has the port, `.notFound` if the host does not have the address.
  package static func bind(_ address: NetworkAddress) throws(Failure) -> Descriptor {
    let place: NIOCore.SocketAddress
    do { place = try NIOCore.SocketAddress(ipAddress: address.host, port: Int(address.port)) } catch {
      throw Failure(
        .invalid, operation: operation, object: "\(address)", cause: "that is no IP address",
        remedy: "write one, like 127.0.0.1:9090")
    }
    let family = place.protocol == .inet6 ? AF_INET6 : AF_INET
    let raw = Glibc.socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard raw >= 0 else { throw Errno(errno).failure(operation, "\(address)") }
    let socket = Descriptor(owning: raw)
    var yes: Int32 = 1
    // Connections of the one before may still be closing.
    _ = setsockopt(raw, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    let result = place.withSockAddr { pointer, length in Glibc.bind(raw, pointer, socklen_t(length)) }
    guard result == 0 else { throw trouble(errno, address) }
    return socket
  }

  /// Whether a descriptor is a TCP socket.
  package static func isOne(_ raw: Int32) -> Bool {
    var family: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(raw, SOL_SOCKET, SO_DOMAIN, &family, &length) == 0 && [AF_INET, AF_INET6].contains(family)
  }

  /// Where a socket is bound.
  static func address(of raw: Int32) throws(Failure) -> NetworkAddress {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let address: NIOCore.SocketAddress? = withUnsafeMutablePointer(to: &storage) { pointer in
      guard pointer.withMemoryRebound(to: sockaddr.self, capacity: 1, { getsockname(raw, $0, &length) }) == 0 else {
        return nil
      }
      return pointer.pointee.ss_family == sa_family_t(AF_INET)
        ? pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { NIOCore.SocketAddress($0.pointee) }
        : pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { NIOCore.SocketAddress($0.pointee) }
    }
    guard let host = address?.ipAddress, let port = address?.port else {
      throw Errno(errno).failure("look at socket", "descriptor \(raw)")
    }
    return NetworkAddress(host: host, port: UInt16(port))
  }

  /// - Throws: `.denied` if others than this host come to a socket.
  static func checkLoopback(_ raw: Int32) throws(Failure) {
    let address = try address(of: raw)
    guard address.isLoopback else {
      throw Failure(
        .denied, operation: operation, object: "\(address)",
        cause: "others than this host reach it, and Plaintext= would have them need no certificate",
        remedy: "write Plaintext=no in section [API], or let the unit of the socket listen at 127.0.0.1")
    }
  }

  private static func trouble(_ number: Int32, _ address: NetworkAddress) -> Failure {
    let other = "or set Listen= in section [API] of vmsupervisor.conf to another address and restart the supervisor"
    switch number {
    case EADDRINUSE:
      return Failure(
        .exists, operation: operation, object: "\(address)", cause: "another process listens there",
        remedy:
          "end that one (as root: ss -ltnp 'sport = \(address.port)' names it): it is tried again by itself; \(other)",
        errno: number)
    case EADDRNOTAVAIL:
      return Failure(
        .notFound, operation: operation, object: "\(address)", cause: "this host does not have that address",
        remedy: "give it the address: it is tried again by itself; \(other)", errno: number)
    default:
      return Errno(number).failure(operation, "\(address)", remedy: "it is tried again by itself; \(other)")
    }
  }
}
