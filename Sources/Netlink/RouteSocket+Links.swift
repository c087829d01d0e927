import CMnl
public import Failure
import Glibc
import Linux

extension RouteSocket {
  /// Changes an interface: in one message, unless it is to join a bridge as a port of a certain behaviour, or to go up
  /// with or without a link-local address. What is down has all that before its first frame; what joins a bridge while
  /// it is up forwards as an ordinary port until the next message.
  public mutating func change(_ name: String, _ change: LinkChange) throws(Failure) {
    for piece in change.steps {
      // RTM_SETLINK passes over the behaviour of a port or bridge; RTM_NEWLINK does not and, without NLM_F_CREATE, makes nothing.
      let type = piece.port == nil && piece.bridge == nil ? RTM_SETLINK : RTM_NEWLINK
      try adaptingToIPv6 { socket, ipv6 throws(Failure) in
        try socket.kernel.request(type, operation: "configure interface", object: name) { message in
          message.header(piece.header(index: 0))
          message.text(IFLA_IFNAME, name)
          piece.put(&message, ipv6: ipv6)
        }
      }
    }
  }

  /// Deletes an interface by its name.
  public mutating func deleteLink(_ name: String) throws(Failure) {
    try kernel.request(RTM_DELLINK, operation: "delete interface", object: name) { message in
      message.header(LinkChange().header(index: 0))
      message.text(IFLA_IFNAME, name)
    }
  }

  /// Deletes an interface by its number.
  public mutating func deleteLink(index: Int32) throws(Failure) {
    try kernel.request(RTM_DELLINK, operation: "delete interface", object: "\(index)") {
      $0.header(LinkChange().header(index: index))
    }
  }

  /// Deletes every interface of a group at once, which costs far less than one by one.
  public mutating func deleteLinks(group: UInt32) throws(Failure) {
    try kernel.request(RTM_DELLINK, operation: "delete interfaces of group", object: "\(group)") { message in
      message.header(LinkChange().header(index: 0))
      message.number(IFLA_GROUP, group)
    }
  }

  /// All interfaces of the namespace.
  /// - Parameter master: Number of the bridge whose members alone are wanted; nil for all.
  public mutating func links(of master: Int32? = nil) throws(Failure) -> [Link] {
    try kernel.dump(RTM_GETLINK, operation: "list interfaces") { message in
      message.header(ifinfomsg())
      if let master { message.number(IFLA_MASTER, UInt32(bitPattern: master)) }
    } _: {
      Link($0)
    }
  }

  /// One interface; nil if there is none of that name.
  public mutating func link(_ name: String) throws(Failure) -> Link? {
    var found: Link?
    do {
      try kernel.exchange(RTM_GETLINK, flags: NLM_F_ACK, operation: "look up interface", object: name) { message in
        message.header(ifinfomsg())
        message.text(IFLA_IFNAME, name)
      } _: {
        found = Link($0) ?? found
      }
    } catch let failure {
      if failure.errno == ENODEV { return nil }
      throw failure
    }
    return found
  }

  /// The number of an interface, for requests that take no name.
  /// - Throws: ENODEV if there is none of that name.
  func number(of name: String, operation: String) throws(Failure) -> Int32 {
    let index = if_nametoindex(name)
    guard index != 0 else { throw Errno(errno).failure(operation, name) }
    return Int32(bitPattern: index)
  }

  /// A kernel without IPv6 refuses its attribute; from then on it is left away.
  private mutating func adaptingToIPv6(
    _ body: (inout RouteSocket, Bool) throws(Failure) -> Void
  ) throws(Failure) {
    do { try body(&self, hasIPv6) } catch let failure {
      guard hasIPv6, failure.errno == EAFNOSUPPORT else { throw failure }
      hasIPv6 = false
      try body(&self, false)
    }
  }
}
