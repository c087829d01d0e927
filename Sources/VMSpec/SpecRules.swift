import Failure

/// The rules of each part of the document.
enum SpecRules {
  /// A letter, then letters, digits, `-`, `_`, `.`.
  static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, isLetter(first) else { return false }
    return text.utf8.count <= SpecLimits.nameLength
      && text.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || "-_.".utf8.contains($0) }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
  }

  static func name(_ value: ValueReader) throws(Failure) -> String {
    let text = try value.string(limit: 1024)
    guard isName(text) else {
      throw value.refusal(
        "`\(text)` is not a name: a letter comes first, then letters, digits, `-`, `_` or `.`, 63 at most",
        remedy: "write a name such as web1")
    }
    return text
  }

  static func labels(_ value: ValueReader) throws(Failure) -> [String: String] {
    let pairs = try value.pairs()
    if pairs.count > SpecLimits.labels {
      throw value.refusal("has \(pairs.count) labels, \(SpecLimits.labels) is the most", remedy: "remove some")
    }
    var labels: [String: String] = [:]
    for (key, text) in pairs {
      guard !key.isEmpty, key.utf8.count <= SpecLimits.labelKey else {
        throw text.refusal("the label's key must have 1 to \(SpecLimits.labelKey) bytes", remedy: "shorten the key")
      }
      if key.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) {
        throw value.refusal("the key of a label contains a control character", remedy: "remove it")
      }
      labels[key] = try text.word(limit: SpecLimits.labelValue)
    }
    return labels
  }

  static func path(_ value: ValueReader) throws(Failure) -> String {
    let text = try value.string(limit: SpecLimits.path)
    if text.isEmpty { throw value.refusal("the path is empty", remedy: "write a path or remove the key") }
    return text
  }

  static func boot(_ value: ValueReader) throws(Failure) -> Boot {
    let fields = try value.fields(SpecKeys.Boot.self)
    guard let kernel = fields[.kernel] else {
      for key in [SpecKeys.Boot.initrd, .cmdline] {
        if let stray = fields[key] {
          throw stray.refusal("needs `kernel` beside it", remedy: "add boot.kernel, or remove \(key.rawValue)")
        }
      }
      return .firmware(try fields[.firmware]?.choice(Firmware.self) ?? .bios)
    }
    if let firmware = fields[.firmware] {
      throw firmware.refusal(
        "`kernel` and `firmware` exclude each other",
        remedy: "keep boot.kernel for a direct boot, or boot.firmware for a boot from disk")
    }
    return .kernel(
      KernelBoot(
        kernel: try path(kernel), initrd: try fields[.initrd].map(path),
        cmdline: try fields[.cmdline]?.string(limit: SpecLimits.cmdline)))
  }
}
