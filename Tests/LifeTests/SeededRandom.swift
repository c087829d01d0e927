import Foundation

/// SplitMix64: small, and the same sequence on every machine for one seed.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// The seed of this run: PROCURATOR_SEED, or a fresh one. Printed, so that a failure can be replayed.
  static func seed(_ test: String) -> UInt64 {
    let seed = ProcessInfo.processInfo.environment["PROCURATOR_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
    print("\(test): PROCURATOR_SEED=\(seed)")
    return seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
