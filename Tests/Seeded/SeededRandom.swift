import Foundation

/// A generator whose whole sequence follows from one number (SplitMix64: Steele, Lea, Flood 2014).
public struct SeededRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Begins the sequence of `seed`.
  public init(seed: UInt64) { state = seed }

  /// Begins the sequence of this run's seed, which is printed under `test`.
  public init(_ test: String) { self.init(seed: Self.seed(test)) }

  /// The seed of this run: PROCURATOR_SEED, or a fresh one. Printed, so that a failure can be had again.
  public static func seed(_ test: String) -> UInt64 {
    let seed = ProcessInfo.processInfo.environment["PROCURATOR_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
    print("\(test): PROCURATOR_SEED=\(seed)")
    return seed
  }

  /// The next number.
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
