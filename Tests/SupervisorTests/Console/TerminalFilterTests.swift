import Testing

@testable import vmsupervisor

@Suite struct TerminalFilterTests {
  private static func shown(_ mode: TerminalFilter.Mode, _ bytes: [UInt8]) -> String {
    var filter = TerminalFilter(mode)
    return String(decoding: filter.feed(bytes), as: UTF8.self)
  }

  /// What reaches beyond the screen goes, in every spelling; what draws stays.
  @Test(arguments: [
    ("plain äöü 漢字 🙂 Â \r\n", "plain äöü 漢字 🙂 Â \r\n"),
    ("\u{1b}[1;31mred\u{1b}[0m\u{1b}[2J\u{1b}[6n", "\u{1b}[1;31mred\u{1b}[0m\u{1b}[2J\u{1b}[6n"),
    ("a\u{1b}]52;c;ZXZpbA==\u{07}b", "ab"),
    ("a\u{1b}]0;title\u{1b}\\b", "ab"),
    ("a\u{9d}0;title\u{9c}b", "ab"),
    ("a\u{1b}P$qm\u{1b}\\b", "ab"),
    ("a\u{90}+q\u{9c}b", "ab"),
    ("a\u{1b}_apc\u{1b}\\b\u{1b}^pm\u{1b}\\c\u{1b}Xsos\u{1b}\\d", "abcd"),
    ("a\u{1b}[21tb\u{9b}21tc", "abc"),
    ("a\u{05}b\u{1b}Zc", "abc"),
    ("a\u{1b}]0;half\u{18}b", "ab"),
    ("a\u{1b}]0;é\u{07}b", "ab"),
    ("a\u{1b}(0b", "a\u{1b}(0b"),
  ])
  func live(_ input: String, _ output: String) { #expect(Self.shown(.live, Array(input.utf8)) == output) }

  @Test(arguments: [
    ("a\u{1b}[6nb\u{1b}[cc\u{1b}[2Jd", "abcd"),
    ("\u{1b}[31mred\u{1b}[0m\r\n", "\u{1b}[31mred\u{1b}[0m\r\n"),
    ("a\u{1b}[>4mb\u{1b}cc\u{1b}[?1049hd", "abcd"),
    ("\u{9b}31mred", "\u{1b}[31mred"),
  ])
  func past(_ input: String, _ output: String) { #expect(Self.shown(.past, Array(input.utf8)) == output) }

  @Test func bytesOfTheUpperControlsGoUnlessTheyAreText() {
    #expect(Self.shown(.live, [0x41, 0x9d] + Array("0;t".utf8) + [0x07, 0x42]) == "AB")
    #expect(Self.shown(.live, [0x41, 0x9b] + Array("21t".utf8) + [0x42]) == "AB")
    // 0x9d within a character of three bytes is a part of it.
    #expect(Self.shown(.live, Array("\u{675d}".utf8)) == "\u{675d}")
  }

  @Test func aStringWithoutAnEndIsGivenUp() {
    let flood = [UInt8](repeating: UInt8(ascii: "x"), count: 70_000)
    #expect(Self.shown(.live, Array("\u{1b}]0;".utf8) + flood).hasSuffix("xxx"))
  }

  /// Whatever comes, cut anywhere: no introducer of a string, no question, no window operation is shown.
  @Test func nothingDangerousPasses() {
    var random = Seeded(seed: 2)
    let bricks: [[UInt8]] = [
      [0x1b], Array("]".utf8), Array("[".utf8), Array("P".utf8), [0x9b], [0x9d], [0x90], [0xc2, 0x9b], [0xc2, 0x9d],
      [0xc2],
      [0x07], [0x9c], Array("\\".utf8), Array("21t".utf8), Array("6n".utf8), Array("52;c;x".utf8), [0x05],
      [0xe6, 0x9d],
      [0xf0, 0x9b], Array("m".utf8), [0x18], Array("text".utf8), [0x0d, 0x0a],
    ]
    for _ in 0..<3000 {
      let bytes = (0..<24).flatMap { _ in bricks.randomElement(using: &random) ?? [] }
      for mode in [TerminalFilter.Mode.live, .past] {
        var whole = TerminalFilter(mode)
        var pieces = TerminalFilter(mode)
        let output = whole.feed(bytes)
        #expect(bytes.flatMap { pieces.feed([$0]) } == output)
        for (index, byte) in output.enumerated() {
          #expect(byte != 0x05)
          let next = index + 1 < output.count ? output[index + 1] : 0
          if byte == 0x1b { #expect(!"]PX^_Z".utf8.contains(next)) }
          if byte == 0xc2 { #expect(!(0x80..<0xa0).contains(next)) }
          if byte == 0x1b, mode == .past { #expect(next == UInt8(ascii: "[")) }
        }
        let text = String(decoding: output, as: UTF8.self)
        #expect(!text.contains("\u{1b}[21t") && (mode == .live || !text.contains("\u{1b}[6n")))
      }
    }
  }
}

@Suite struct HostileLogTests {
  /// In `logs` everything of it is seen and nothing obeyed.
  @Test(arguments: [
    ("\u{1b}]52;c;ZXZpbA==\u{07}", "\\e]52;c;ZXZpbA==^G"),
    ("\u{1b}P+q\u{1b}\\", "\\eP+q\\e\\"),
    ("\u{9d}0;t\u{9c}", "\\x9d0;t\\x9c"),
    ("good\rEVIL", "good\\rEVIL"),
    ("\u{1b}[21t", "\\e[21t"),
    ("\u{2066}\u{2069}\u{61c}\u{200f}", "\\u{2066}\\u{2069}\\u{61c}\\u{200f}"),
    ("\u{e0041}\u{feff}", "\\u{e0041}\\u{feff}"),
    ("back\u{08}\u{08}", "back^H^H"),
  ])
  func text(_ input: String, _ output: String) { #expect(HarmlessText.text(input) == output) }
}
