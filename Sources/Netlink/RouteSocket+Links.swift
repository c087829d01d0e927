import CMnl
public import Failure
import Glibc

extension RouteSocket {
  /// Creates a bridge with spanning tree and multicast snooping off and without an IPv6 address of its own.
  /// - Throws: `.exists` if an interface of that name is there.
  public mutating func createBridge(_ name: String, _ change: LinkChange) throws(Failure) {
    try adaptingToIPv6 { socket, ipv6 throws(Failure) in
      try socket.request(RTM_NEWLINK, flags: NLM_F_CREATE | NLM_F_EXCL, step: "create bridge", object: name) {
        message in
        message.header(change.header(index: 0))
        message.text(IFLA_IFNAME, name)
        change.put(&message, ipv6: ipv6)
        message.nest(IFLA_LINKINFO) { info in
          info.text(IFLA_INFO_KIND, "bridge")
          info.nest(IFLA_INFO_DATA) { data in
            data.number(IFLA_BR_FORWARD_DELAY, 0)
            data.number(IFLA_BR_STP_STATE, 0)
            data.byte(IFLA_BR_MCAST_SNOOPING, 0)
          }
        }
      }
    }
  }

  /// Changes an interface in one message.
  public mutating func change(_ name: String, _ change: LinkChange) throws(Failure) {
    try adaptingToIPv6 { socket, ipv6 throws(Failure) in
      try socket.request(RTM_SETLINK, step: "configure interface", object: name) { message in
        message.header(change.header(index: 0))
        message.text(IFLA_IFNAME, name)
        change.put(&message, ipv6: ipv6)
      }
    }
  }

  /// Deletes an interface by its name.
  public mutating func deleteLink(_ name: String) throws(Failure) {
    try request(RTM_DELLINK, step: "delete interface", object: name) { message in
      message.header(LinkChange().header(index: 0))
      message.text(IFLA_IFNAME, name)
    }
  }

  /// Deletes an interface by its number.
  public mutating func deleteLink(index: Int32) throws(Failure) {
    try request(RTM_DELLINK, step: "delete interface", object: "\(index)") {
      $0.header(LinkChange().header(index: index))
    }
  }

  /// Deletes every interface of a group at once, which costs far less than one by one.
  public mutating func deleteLinks(group: UInt32) throws(Failure) {
    try request(RTM_DELLINK, step: "delete interfaces of group", object: "\(group)") { message in
      message.header(LinkChange().header(index: 0))
      message.number(IFLA_GROUP, group)
    }
  }

  /// All interfaces of the namespace.
  public mutating func links() throws(Failure) -> [Link] {
    try dump(RTM_GETLINK, step: "list interfaces") {
      $0.header(ifinfomsg())
    } _: {
      Link($0)
    }
  }

  /// One interface; nil if there is none of that name.
  public mutating func link(_ name: String) throws(Failure) -> Link? {
    var found: Link?
    do {
      try exchange(RTM_GETLINK, flags: NLM_F_ACK, step: "look up interface", object: name) { message in
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
