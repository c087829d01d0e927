import Configuration
import Failure
import Text
import VMSpec

extension Capacity {
  /// Keys of the section `[Supervisor]` that it reads.
  package static let keys = ["OvercommitCPU", "OvercommitMemory", "ReserveMemory"]

  /// How far a host may be promised more than it has. What it has is not said here: the kernel knows.
  init(_ section: ConfigurationSection) throws(Failure) {
    self.init(processors: 0, memory: 0)
    processorRatio = try section.ratio("OvercommitCPU", default: processorRatio)
    memoryRatio = try section.ratio("OvercommitMemory", default: memoryRatio)
    reserve = try section.size("ReserveMemory", default: reserve)
  }
}

extension ConfigurationSection {
  /// In thousandths.
  private static let ratios = 100...1_000_000

  /// A factor with up to three decimals, in thousandths.
  fileprivate func ratio(_ key: String, default fallback: Int) throws(Failure) -> Int {
    guard let entry = entry(key) else { return fallback }
    guard let value = Thousandths.parse(entry.value) else {
      throw entry.failure("\"\(entry.value)\" is no factor", remedy: "write one like \(Thousandths.ratio(fallback))")
    }
    guard Self.ratios.contains(value) else {
      throw entry.failure(
        "\(entry.value) is outside \(Thousandths.ratio(Self.ratios.lowerBound)) to \(Thousandths.ratio(Self.ratios.upperBound))"
      )
    }
    return value
  }

  /// A number of bytes, with or without a unit.
  fileprivate func size(_ key: String, default fallback: UInt64) throws(Failure) -> UInt64 {
    guard let entry = entry(key) else { return fallback }
    guard let value = Size.bytes(entry.value) else {
      throw entry.failure("\"\(entry.value)\" is not a valid size", remedy: "write one like \(Size.text(fallback))")
    }
    return value
  }
}
