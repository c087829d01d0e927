import Failure
import Glibc
import Linux
import Storage

/// Connections to servers of files. The address is looked at here, after the name was asked for and before anything is sent:
/// a name that leads elsewhere a moment later leads nowhere.
enum FetchConnection {
  private static let operation = "fetch image"

  /// Connects. Blocks until it is connected, or for as long as one address after the other does not answer.
  /// - Parameter isCancelled: asked while it waits.
  static func open(
    _ url: FetchURL, from sources: FetchSources, timeout: Duration, isCancelled: () -> Bool
  ) throws(Failure) -> Descriptor {
    let all = try addresses(of: url)
    let permitted = all.filter { sources.objection(to: $0) == nil }
    guard !permitted.isEmpty else {
      let address = all[0]
      let objection = sources.objection(to: address) ?? ""
      throw denied(url, address, "\(url.host) has the address \(address.text), which is \(objection)")
    }
    var last = Errno(EHOSTUNREACH)
    for address in permitted.prefix(8) {
      guard !isCancelled() else { break }
      do throws(Errno) { return try connect(address, url.port, timeout, isCancelled) } catch {
        // The host's administrator can help against this one, whatever the others say.
        if last.code != EPERM { last = error }
      }
    }
    let isForbidden = last.code == EPERM || last.code == EACCES
    throw last.failure(
      "connect to", "\(url.host):\(url.port)",
      remedy: isForbidden
        ? "let the service reach it: systemctl edit vmsupervisor, [Service] IPAddressAllow=any"
        : "see whether the server is there"
    ).of(.image)
  }

  /// Why an address is not asked, and who can permit it.
  static func denied(_ url: FetchURL, _ address: FetchAddress, _ cause: String) -> Failure {
    Failure(
      .denied, part: .image, operation: operation, object: FetchURL.shown(url.text), cause: cause,
      remedy:
        "use another server, or have the host's administrator add \(address.text) to what vmsupervisor.conf permits: "
        + "[Storage] FetchFrom= (after public, where nothing is said there)")
  }

  private static func addresses(of url: FetchURL) throws(Failure) -> [FetchAddress] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_protocol = Int32(IPPROTO_TCP)
    var list: UnsafeMutablePointer<addrinfo>?
    let result = getaddrinfo(url.host, nil, &hints, &list)
    defer { if let list { freeaddrinfo(list) } }
    var found: [FetchAddress] = []
    var next = list
    while let entry = next?.pointee {
      if let address = entry.ai_addr.flatMap({ address($0, entry.ai_family) }) { found.append(address) }
      next = entry.ai_next
    }
    guard result == 0, !found.isEmpty else {
      throw Failure(
        result == EAI_AGAIN ? .unavailable : .notFound, part: .image, operation: operation,
        object: FetchURL.shown(url.text),
        cause: "no address of \(url.host) is known: \(String(cString: gai_strerror(result)))",
        remedy:
          "correct the name, or see to name resolution on the host (getent ahosts \(url.host)); a resolver in the "
          + "Internet needs IPAddressAllow= in a drop-in of the service")
    }
    return found
  }

  private static func address(_ raw: UnsafeMutablePointer<sockaddr>, _ family: Int32) -> FetchAddress? {
    let bytes = UnsafeRawPointer(raw)
    switch family {
    case AF_INET:
      let address = bytes.loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr
      return FetchAddress(v4: UInt32(bigEndian: address))
    case AF_INET6:
      guard let offset = MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr) else { return nil }
      return FetchAddress(
        IPv6Address(
          high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
          low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))))
    default: return nil
    }
  }

  private static func connect(
    _ address: FetchAddress, _ port: UInt16, _ timeout: Duration, _ isCancelled: () -> Bool
  ) throws(Errno) -> Descriptor {
    let socket = try make(SOCK_STREAM, address)
    if connect(socket.raw, to: address, port) == 0 { return socket }
    guard errno == EINPROGRESS else { throw Errno(errno) }
    let end = ContinuousClock.now + timeout
    while true {
      var state = pollfd(fd: socket.raw, events: Int16(POLLOUT), revents: 0)
      if poll(&state, 1, 100) > 0 { break }
      guard !isCancelled() else { throw Errno(ECANCELED) }
      guard ContinuousClock.now < end else { throw Errno(isForbidden(address, port) ? EPERM : ETIMEDOUT) }
    }
    var length = socklen_t(MemoryLayout<Int32>.size)
    var result: Int32 = 0
    guard getsockopt(socket.raw, SOL_SOCKET, SO_ERROR, &result, &length) == 0 else { throw Errno(errno) }
    guard result == 0 else { throw Errno(result) }
    // Only a second call tells the kernel's socket that it is connected. One that is still connecting can be led elsewhere by
    // whoever has it: sending connects too (MSG_FASTOPEN).
    guard connect(socket.raw, to: address, port) == 0 || errno == EISCONN else { throw Errno(errno) }
    return socket
  }

  /// Whether the host lets nothing out to an address. The unit's list of addresses drops the packets of a connection without
  /// a word; a datagram hears of it.
  private static func isForbidden(_ address: FetchAddress, _ port: UInt16) -> Bool {
    do throws(Errno) {
      let socket = try make(SOCK_DGRAM, address)
      guard connect(socket.raw, to: address, port) == 0 else { return errno == EPERM }
      return send(socket.raw, nil, 0, 0) < 0 && errno == EPERM
    } catch {
      return false
    }
  }

  private static func make(_ type: __socket_type, _ address: FetchAddress) throws(Errno) -> Descriptor {
    let flags = Int32(type.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    return Descriptor(owning: try Errno.check(socket(address.v4 == nil ? AF_INET6 : AF_INET, flags, 0)))
  }

  private static func connect(_ socket: Int32, to address: FetchAddress, _ port: UInt16) -> Int32 {
    if let v4 = address.v4 {
      var place = sockaddr_in()
      place.sin_family = sa_family_t(AF_INET)
      place.sin_port = port.bigEndian
      place.sin_addr.s_addr = v4.bigEndian
      return connect(socket, &place)
    }
    var place = sockaddr_in6()
    place.sin6_family = sa_family_t(AF_INET6)
    place.sin6_port = port.bigEndian
    withUnsafeMutableBytes(of: &place.sin6_addr) {
      $0.storeBytes(of: address.value.high.bigEndian, as: UInt64.self)
      $0.storeBytes(of: address.value.low.bigEndian, toByteOffset: 8, as: UInt64.self)
    }
    return connect(socket, &place)
  }

  private static func connect<Address>(_ socket: Int32, _ place: inout Address) -> Int32 {
    withUnsafePointer(to: &place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(socket, $0, socklen_t(MemoryLayout<Address>.size))
      }
    }
  }
}
