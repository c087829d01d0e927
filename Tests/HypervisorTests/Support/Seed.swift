import Seeded

extension Array where Element == UInt8 {
  /// The same bytes cut at random places.
  func cut(_ random: inout SeededRandom) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var rest = self[...]
    while !rest.isEmpty {
      let length = Int.random(in: 1...Swift.min(rest.count, 40), using: &random)
      pieces.append([UInt8](rest.prefix(length)))
      rest = rest.dropFirst(length)
    }
    return pieces
  }
}
