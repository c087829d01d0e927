import Foundation

/// Random numbers that are the same in every run: the seed is printed and can be given as PROCURATOR_SEED.
struct Seed: RandomNumberGenerator {
  private var state: UInt64

  init(_ name: String) {
    let seed = ProcessInfo.processInfo.environment["PROCURATOR_SEED"].flatMap { UInt64($0) } ?? 20_240_607
    print("\(name): PROCURATOR_SEED=\(seed)")
    state = seed
  }

  /// SplitMix64 (Steele, Lea, Flood 2014).
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

extension Array where Element == UInt8 {
  /// The same bytes cut at random places.
  func cut(_ random: inout Seed) -> [[UInt8]] {
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
