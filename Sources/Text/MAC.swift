/// Addresses of network cards as text.
package enum MAC {
  /// `02:50:0a:64:03:11` of 48 bits.
  package static func text(_ mac: UInt64) -> String {
    stride(from: 40, through: 0, by: -8).map { shift in
      let byte = String(mac >> UInt64(shift) & 255, radix: 16)
      return byte.count == 1 ? "0" + byte : byte
    }.joined(separator: ":")
  }
}
