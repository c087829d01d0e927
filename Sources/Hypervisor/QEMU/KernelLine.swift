/// The kernel command line of a direct boot.
enum KernelLine {
  /// The user's words and what the machine needs, unless the user has said it.
  /// - Parameters:
  ///   - console: whether a serial console is there to be used. Any `console=` of the user's stands as it is, because
  ///     the last one becomes `/dev/console`.
  ///   - tscKHz: adds `tsc_early_khz`, without which a microvm on TCG has no reference to calibrate against and hangs.
  static func complete(_ line: String, console: Bool, tscKHz: UInt64?) -> String {
    var words = line.split(separator: " ").map(String.init)
    // What follows `--` belongs to init.
    let place = words.firstIndex(of: "--") ?? words.endIndex
    let own = words[..<place]
    var more: [String] = []
    if console, !own.contains(where: { $0.hasPrefix("console=") }) { more.append("console=ttyS0") }
    if let tscKHz, !own.contains(where: { $0.hasPrefix("tsc_early_khz=") }) {
      more.append("tsc_early_khz=\(tscKHz)")
    }
    if more.isEmpty { return line }
    words.insert(contentsOf: more, at: place)
    return words.joined(separator: " ")
  }
}
