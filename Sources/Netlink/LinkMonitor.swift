import CMnl
public import Failure
import Glibc
import Linux

/// What happened to an interface.
public enum LinkEvent: Hashable, Sendable {
  /// It appeared or changed.
  case changed(Link)
  /// It is gone.
  case removed(Link)
  /// Something around the interface of that number is another: how it is a port of a bridge, an address, a route, or a
  /// setting.
  case concerns(Int32)
  /// The interface of that number may send that many bytes per second now; 0 for no limit.
  case shaped(Int32, UInt64)
  /// A static entry of a bridge for this hardware address has come, changed or gone.
  case located(UInt64)
  /// A route for IPv4 addresses from this one on has come or changed.
  case routed(UInt32)
  /// Events were lost: read everything again.
  case overrun
}

/// A non-blocking socket on which the kernel tells of every change of an interface and of what is around it.
public struct LinkMonitor: ~Copyable {
  private let socket: OpaquePointer
  private let buffer: UnsafeMutableRawBufferPointer
  private static let groups = [
    RTNLGRP_LINK, RTNLGRP_NEIGH, RTNLGRP_TC, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_IFADDR,
    RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_NETCONF,
  ]

  /// Opens one in the network namespace of the calling thread.
  public init() throws(Failure) {
    socket = try KernelSocket.open(Int32(NETLINK_ROUTE), groups: Self.groups.reduce(0) { $0 | 1 << ($1.rawValue - 1) })
    buffer = .allocate(byteCount: 32768, alignment: 16)
    let raw = mnl_socket_get_fd(socket)
    // 4 MiB hold the events of a few thousand TAPs that lose their carrier at once; what is lost even so is noticed.
    var size: Int32 = 4 << 20
    if setsockopt(raw, SOL_SOCKET, SO_RCVBUFFORCE, &size, socklen_t(MemoryLayout<Int32>.size)) != 0 {
      _ = setsockopt(raw, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
    _ = fcntl(raw, F_SETFL, O_NONBLOCK)
  }

  deinit {
    mnl_socket_close(socket)
    buffer.deallocate()
  }

  /// The number of the socket, for `poll(2)`.
  public var raw: Int32 { mnl_socket_get_fd(socket) }

  /// Takes what has arrived, at most `limit` datagrams, and hands it to `each`.
  public func drain(limit: Int, _ each: (LinkEvent) -> Void) throws(Failure) {
    for _ in 0..<limit {
      var sender = sockaddr_nl()
      var length = socklen_t(MemoryLayout<sockaddr_nl>.size)
      let got = withUnsafeMutablePointer(to: &sender) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          recvfrom(raw, buffer.baseAddress, buffer.count, 0, $0, &length)
        }
      }
      if got < 0 {
        switch errno {
        case EINTR: continue
        case EAGAIN: return
        case ENOBUFS:
          each(.overrun)
          continue
        default: throw Errno(errno).failure("read netlink monitor")
        }
      }
      guard sender.nl_pid == 0 else { continue }
      var messages = MessageWalk(UnsafeRawBufferPointer(rebasing: buffer.prefix(got)))
      while let message = messages.next() {
        if let event = LinkEvent(message) { each(event) }
      }
    }
  }
}

extension LinkEvent {
  /// Reads what matters of a notification; nil if nothing does.
  init?(_ message: MessageReader) {
    switch Int(message.type) {
    case RTM_NEWLINK:
      if let link = Link(message) {
        self = .changed(link)
      } else {
        // Of a port of a bridge (family AF_BRIDGE).
        guard let header = message.body(ifinfomsg.self) else { return nil }
        self = .concerns(header.ifi_index)
      }
    case RTM_DELLINK:
      guard let link = Link(message) else { return nil }
      self = .removed(link)
    case RTM_NEWNEIGH, RTM_DELNEIGH:
      // Learned ones come and go all the time.
      guard let entry = Neighbour(message), entry.state & UInt16(NUD_NOARP) != 0, let mac = entry.mac else {
        return nil
      }
      self = .located(mac)
    case RTM_DELADDR:
      guard let header = message.body(ifaddrmsg.self) else { return nil }
      self = .concerns(Int32(bitPattern: header.ifa_index))
    case RTM_NEWQDISC, RTM_DELQDISC:
      guard let header = message.body(tcmsg.self), header.tcm_parent == RouteSocket.rootParent else { return nil }
      let isNew = Int(message.type) == RTM_NEWQDISC
      self = .shaped(header.tcm_ifindex, isNew ? RouteSocket.bucket(message)?.rate ?? 0 : 0)
    case RTM_NEWNETCONF: self.init(setting: message)
    case RTM_NEWROUTE, RTM_DELROUTE: self.init(route: message)
    default: return nil
    }
  }

  private init?(setting message: MessageReader) {
    let (index, isOn) = RouteSocket.forwarding(message)
    // Numbers below 1 stand for all and for new interfaces; each is told of by itself.
    guard index > 0, !isOn else { return nil }
    self = .concerns(index)
  }

  private init?(route message: MessageReader) {
    guard let header = message.body(rtmsg.self) else { return nil }
    var (out, target): (Int32?, UInt32) = (nil, 0)
    for attribute in message.attributes(after: MemoryLayout<rtmsg>.size) {
      switch attribute.type {
      case Int(RTA_OIF.rawValue): out = Int32(bitPattern: attribute.number)
      case Int(RTA_DST.rawValue): target = attribute.address
      default: break
      }
    }
    if header.rtm_family == UInt8(AF_INET), Int(message.type) == RTM_NEWROUTE {
      self = .routed(target)
    } else {
      // IPv6 on an interface brings routes, and takes them away.
      guard let out else { return nil }
      self = .concerns(out)
    }
  }
}
