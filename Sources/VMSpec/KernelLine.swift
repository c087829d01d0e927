/// The command line of a directly booted kernel. What is added to the user's text is put where the kernel reads it, and
/// nothing else is touched: blanks within quotes, quotes, and all behind `--` are the kernel's and init's own.
package struct KernelLine: Hashable, Sendable {
  /// COMMAND_LINE_SIZE of Linux on x86 (arch/x86/include/asm/setup.h), less the final zero. What is longer is cut off by
  /// the kernel without a word.
  package static let most = 2047

  /// The whole line.
  package private(set) var text: String

  /// Begins with the user's text.
  package init(_ text: String) { self.text = text }

  /// Whether there is a parameter `NAME=`. The kernel takes `-` and `_` in names for the same (kernel/params.c, dash2underscore).
  package func has(_ name: String) -> Bool {
    let wanted = Self.folded(Array(name.utf8)) + [UInt8(ascii: "=")]
    return words.own.contains { Self.folded(Array($0)).starts(with: wanted) }
  }

  /// Adds a word to the kernel's own.
  package mutating func add(_ word: String) {
    let bytes = Array(text.utf8)
    let (own, isOpen) = words
    // Everything behind a quote that is never closed is in it.
    if isOpen {
      text = "\(word) \(text)"
    } else if let end = own.last?.endIndex {
      text = String(decoding: bytes[..<end] + Array(" \(word)".utf8) + bytes[end...], as: UTF8.self)
    } else {
      text = text.isEmpty ? word : "\(word) \(text)"
    }
  }

  /// The words before `--`, without the quote that one may begin with, and whether a quote is open at the end. By
  /// `next_arg` of Linux (lib/cmdline.c), whose blanks include 0xa0.
  private var words: (own: [ArraySlice<UInt8>], isOpen: Bool) {
    let bytes = Array(text.utf8)
    let quote = UInt8(ascii: "\"")
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) || byte == 0xa0 }
    var own: [ArraySlice<UInt8>] = []
    var index = 0
    while true {
      while index < bytes.count, isBlank(bytes[index]) { index += 1 }
      if index == bytes.count { return (own, false) }
      let start = bytes[index] == quote ? index + 1 : index
      var isQuoted = false
      while index < bytes.count, isQuoted || !isBlank(bytes[index]) {
        if bytes[index] == quote { isQuoted.toggle() }
        index += 1
      }
      let word = bytes[start..<index]
      if word.elementsEqual("--".utf8) || (start < index && word.elementsEqual("--\"".utf8)) { return (own, false) }
      own.append(word)
      if isQuoted { return (own, true) }
    }
  }

  /// Why the kernel would not read all of it, and what helps; nil if it does.
  /// - Parameter given: the part of it that is the user's.
  package func trouble(given: String) -> (cause: String, remedy: String)? {
    let (whole, own) = (text.utf8.count, given.utf8.count)
    guard whole > Self.most else { return nil }
    let left = max(0, Self.most - (whole - own))
    return (
      "it has \(own) bytes, and \(whole - own) are added (`console=`, `ip=` and the like): \(left) are left for it, "
        + "since a kernel reads \(Self.most)",
      "shorten it by \(own - left) bytes, or say there yourself what is added"
    )
  }

  private static func folded(_ bytes: [UInt8]) -> [UInt8] {
    bytes.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }
  }
}

extension KernelLine {
  /// The line of a kernel with everything that the machine needs, unless the user has said it.
  /// - Parameter tscKHz: frequency of the host's time-stamp counter, without which a microvm on TCG has no reference to
  ///   calibrate against and hangs; nil if it is not needed.
  package init(_ boot: KernelBoot, _ spec: VMSpec, tscKHz: UInt64? = nil) {
    self.init(boot.cmdline ?? "")
    // Any `console=` of the user's stands as it is, because the last one becomes `/dev/console`.
    if spec.console, !has("console") { add("console=ttyS0") }
    if spec.machine == .microvm, let tscKHz, !has("tsc_early_khz") { add("tsc_early_khz=\(tscKHz)") }
  }
}
