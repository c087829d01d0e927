/// Addresses of network cards as text.
package enum MAC {
  /// `02:50:0a:64:03:11` of 48 bits.
  package static func text(_ mac: UInt64) -> String {
    stride(from: 40, through: 0, by: -8).map { shift in
      let byte = String(mac >> UInt64(shift) & 255, radix: 16)
      return byte.count == 1 ? "0" + byte : byte
    }.joined(separator: ":")
  }

  /// Six bytes of two hexadecimal digits with colons between them, in letters of any size; nil for anything else.
  package static func parse(_ text: String) -> UInt64? {
    let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 6 else { return nil }
    var mac: UInt64 = 0
    for part in parts {
      // A sign makes a number too.
      guard part.count == 2, part.first != UInt8(ascii: "+"), part.first != UInt8(ascii: "-"),
        let byte = UInt8(String(decoding: part, as: UTF8.self), radix: 16)
      else { return nil }
      mac = mac << 8 | UInt64(byte)
    }
    return mac
  }
}
