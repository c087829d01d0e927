/// A number by which one text is known from another. It keeps nobody out who wants two to have the same.
enum Fingerprint {
  /// FNV-1a, 64 bits.
  static func of(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash
  }
}
