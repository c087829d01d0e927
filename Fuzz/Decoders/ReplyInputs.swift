import Linux

@testable import Netlink

/// Netlink datagrams: nothing is read outside of them, every walk ends, and what is read can be written.
enum ReplyInputs {
  /// Everything that is made from a message, whatever its type says. A new kind of object is one line here.
  static let readers: [@Sendable (MessageReader) -> String?] = [
    { message in Link(message).flatMap(rewritten) },
    { message in InterfaceAddress(message).flatMap(unlikely) },
    { message in InterfaceAddress6(message).flatMap { IPv6Address($0.address.text) == $0.address ? nil : "\($0)" } },
    { message in LinkStatistics(message).flatMap(unlikely) },
    { message in Neighbour(message).flatMap { ($0.mac ?? 0) >> 48 == 0 ? nil : "\($0)" } },
    { message in BaseChain(message).flatMap(unlikely) },
    { message in DefaultRoute(message, table: 254).map(\.index) == .min ? "a route by interface \(Int32.min)" : nil },
    { message in message.errorNumber < 0 ? "an error number is negative" : nil },
    { message in message.kernelWords.utf8.contains(0) ? "a sentence holds a NUL" : nil },
  ]

  /// Reads every field of a value for its hash; a sanitizer watches.
  private static func unlikely(_ value: some Hashable) -> String? { value.hashValue == 0 ? "\(value) has hash 0" : nil }

  static func fault(_ input: UnsafeRawBufferPointer) -> String? {
    var messages = MessageWalk(input)
    var count = 0
    while let message = messages.next() {
      count += 1
      guard count <= input.count / 16 else { return "more messages than their headers have room for" }
      guard isPart(message.payload, of: input) else { return "a payload lies outside of its datagram" }
      for start in [0, 4, 8, 12, 16, 20] {
        if let fault = fault(message.attributes(after: start), in: message.payload, depth: 0) { return fault }
      }
      for reader in readers { if let fault = reader(message) { return fault } }
    }
    return nil
  }

  private static func fault(_ walk: AttributeWalk, in outer: UnsafeRawBufferPointer, depth: Int) -> String? {
    var count = 0
    for attribute in walk {
      count += 1
      guard count <= outer.count / 4 else { return "more attributes than their headers have room for" }
      guard isPart(attribute.bytes, of: outer) else { return "an attribute lies outside of its message" }
      guard !attribute.text.utf8.contains(0) else { return "a text holds a NUL" }
      guard attribute.hardwareAddress >> 48 == 0 else { return "a hardware address has more than 48 bits" }
      if attribute.number == attribute.address, attribute.bytes.count < 4, attribute.number != 0 { return "no number" }
      if depth < 3, let fault = fault(attribute.nested, in: attribute.bytes, depth: depth + 1) { return fault }
    }
    return nil
  }

  private static func isPart(_ part: UnsafeRawBufferPointer, of whole: UnsafeRawBufferPointer) -> Bool {
    guard let first = part.baseAddress, let start = whole.baseAddress else { return part.isEmpty }
    return first >= start && first + part.count <= start + whole.count
  }

  /// Writes what can be changed about a link and reads it back.
  private static func rewritten(_ link: Link) -> String? {
    var change = LinkChange()
    (change.mtu, change.master, change.group) = (link.mtu, link.master, link.group)
    (change.mac, change.alias, change.isUp) = (link.mac, link.alias, link.isUp)
    return withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 16) { buffer in
      guard var builder = MessageBuilder(buffer, type: 16 /* RTM_NEWLINK */, flags: 0, sequence: 1) else { return nil }
      builder.header(change.header(index: link.index))
      change.put(&builder, ipv6: true)
      guard builder.fits else { return link.alias.utf8.count < 800 ? "a link does not fit 1024 bytes" : nil }
      var messages = MessageWalk(UnsafeRawBufferPointer(rebasing: buffer.prefix(builder.length)))
      guard let back = messages.next().flatMap({ Link($0) }) else { return "a written link cannot be read" }
      let isSame =
        back.index == link.index && back.mtu == link.mtu && back.master == link.master && back.group == link.group
        && back.mac == link.mac && back.alias == link.alias && back.isUp == link.isUp
      return isSame ? nil : "\(link) comes back as \(back)"
    }
  }
}
