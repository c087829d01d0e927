/// What a gateway is asked to learn whether the dnsmasq of its network serves it (RFC 1035): a text that only the
/// configurations of netdns have. Any other name server of this host has no such record.
struct GatewayQuestion: Hashable, Sendable {
  let network: String
  let id: UInt16

  /// The name of the record: no guest can have it, for a label of theirs begins with a letter or digit.
  var name: String { "_netdns.\(network).internal" }

  /// TXT and IN of RFC 1035, section 3.2.
  private static let kind: [UInt8] = [0, 16, 0, 1]

  /// The packet that asks.
  var packet: [UInt8] {
    // One question, recursion desired.
    [UInt8(id >> 8), UInt8(id & 255), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + question
  }

  private var question: [UInt8] {
    name.split(separator: ".").flatMap { [UInt8(clamping: $0.utf8.count)] + Array($0.utf8) } + [0] + Self.kind
  }

  /// Whether a packet answers this question at all.
  func isAnswered(by packet: [UInt8]) -> Bool {
    // The highest bit of the third byte says that it is an answer.
    packet.count >= 12 && packet[0] == UInt8(id >> 8) && packet[1] == UInt8(id & 255) && packet[2] & 0x80 != 0
  }

  /// Whether an answer has the record that netdns writes.
  func isOurs(_ packet: [UInt8]) -> Bool {
    let text = Array(network.utf8)
    guard isAnswered(by: packet), packet[3] & 15 == 0, packet[6] != 0 || packet[7] != 0 else { return false }
    // The record follows the question: a name, its kind, four bytes of life, a length, and the text with its own length.
    let start = 12 + question.count
    guard packet.count > start, Array(packet[12..<start]) == question else { return false }
    let isPointer = packet[start] & 0xc0 == 0xc0
    let record = start + (isPointer ? 2 : question.count - Self.kind.count)
    let wanted = [UInt8(clamping: text.count)] + text
    guard packet.count >= record + 10 + wanted.count else { return false }
    return Array(packet[record..<record + 4]) == Self.kind
      && Array(packet[record + 10..<record + 10 + wanted.count]) == wanted
  }
}
