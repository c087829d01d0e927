/// The most that an answer of a guest's agent may be. The guest is not trusted, and this is what it can make us hold.
package struct AnswerBounds: Hashable, Sendable {
  /// Bytes of its line.
  package var bytes: Int
  /// Values in it.
  package var values: Int

  /// Bounds of one's own.
  package init(bytes: Int, values: Int) {
    self.bytes = bytes
    self.values = values
  }

  /// What most commands answer; `guest-info` of QEMU 10 has 8 kB and 300 values.
  package static let short = AnswerBounds(bytes: 64 << 10, values: 4096)
  /// A list of what a guest may have many of. A network card with two addresses is 25 values in 500 bytes.
  package static let list = AnswerBounds(bytes: 1 << 20, values: 1 << 16)
  /// The answer to a mark.
  static let sync = AnswerBounds(bytes: 1024, values: 8)

  /// Bytes in base64, of several texts, with some numbers beside.
  /// - Parameters:
  ///   - bytes: most bytes of each text before they were encoded.
  ///   - texts: how many there are.
  static func encoded(_ bytes: Int, texts: Int) -> AnswerBounds {
    AnswerBounds(bytes: ((bytes + 2) / 3 * 4) * texts + 4096, values: 64)
  }

  /// The usual bounds of a command.
  package static func usual(_ command: String) -> AnswerBounds {
    switch command {
    case "guest-network-get-interfaces", "guest-get-fsinfo": .list
    default: .short
    }
  }
}
