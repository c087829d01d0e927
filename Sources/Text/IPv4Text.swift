/// IPv4 addresses as people write them.
package enum IPv4Text {
  /// The four numbers of a dotted quad without leading zeros; nil otherwise.
  package static func octets(_ text: String) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { UInt8($0) }
    guard parts.count == 4, numbers.count == 4, numbers.map(String.init) == parts.map(String.init) else { return nil }
    return numbers
  }

  /// Whether a guest can have it: not this-network, loopback, multicast or reserved (RFC 6890).
  package static func isHost(_ octets: [UInt8]) -> Bool {
    guard let first = octets.first else { return false }
    return first != 0 && first != 127 && first < 224
  }
}
