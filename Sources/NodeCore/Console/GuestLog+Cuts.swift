import Dispatch

extension GuestLog {
  /// Where logs are cut. Cutting waits for the disk; there is one disk.
  static let cuts = DispatchQueue(label: "procurator.logs", qos: .utility)

  /// Cuts the log soon, if it needs that. What goes wrong is reported by the clock of `LogKeeper`, which tries the same.
  func trimSoon() { Self.cuts.async { _ = try? self.trim() } }
}
