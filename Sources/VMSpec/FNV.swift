/// Fowler, Noll and Vo's hash (FNV-1a of 64 bits): the same for the same text in every release.
enum FNV {
  /// Folded to so many bits.
  static func hash(_ text: String, bits: UInt64) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return (hash ^ hash >> bits) & (1 << bits - 1)
  }
}
