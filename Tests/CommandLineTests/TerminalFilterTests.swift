import Seeded
import Testing

@testable import CommandLine
@testable import Text

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
    // Media copy, checksums of the screen, reports of modes, terminal and parameters.
    ("a\u{1b}[5ib\u{1b}[?5ic\u{1b}[4id\u{1b}[ie", "abcde"),
    ("a\u{1b}[1;1;1;1;24;80*yb\u{1b}[?2026$pc\u{1b}[20$pd\u{1b}[xe\u{1b}[>qf\u{1b}[>0cg\u{1b}[=ch", "abcdefgh"),
    ("a\u{1b}[?6nb\u{1b}[?15nc\u{1b}[7nd\u{1b}[1cE", "abcdE"),
    // Mouse, focus, keys; of a list of modes what is permitted stays.
    ("a\u{1b}[?1000hb\u{1b}[?1003;1006hc\u{1b}[?1004hd\u{1b}[?1016he\u{1b}[>4;2mf\u{1b}[>1ug\u{1b}[?9h", "abcdefg"),
    ("a\u{1b}[?1049;1003;25hb\u{1b}[?25lc", "a\u{1b}[?1049;25hb\u{1b}[?25lc"),
    ("a\u{1b}[1;2;3;4;5Tb\u{1b}[2Tc\u{1b}[?3hd\u{1b}[20he\u{1b}[4hf", "ab\u{1b}[2Tcde\u{1b}[4hf"),
    // The user's scrollback, tabs, margins from side to side, saved modes, locked keys, selection of areas.
    ("a\u{1b}[3Jb\u{1b}[3gc\u{1b}Hd\u{1b}[1;2se\u{1b}[?1049sf\u{1b}[?1049rg\u{1b}[2qh\u{1b}[1$rj", "abcdefghj"),
    (
      "a\u{1b}[2Jb\u{1b}[Kc\u{1b}[sd\u{1b}[ue\u{1b}7f\u{1b}8g", "a\u{1b}[2Jb\u{1b}[Kc\u{1b}[sd\u{1b}[ue\u{1b}7f\u{1b}8g"
    ),
    ("a\u{1b}[2 qb\u{1b}[!pc\u{1b}[2;9r", "a\u{1b}[2 qb\u{1b}[!pc\u{1b}[2;9r"),
    ("a\u{1b}%@b\u{1b}%Gc\u{1b} Gd\u{1b}ne\u{1b}~f\u{1b}*0g", "ab\u{1b}%Gcdefg"),
    // DC1 to DC4, NUL and others of the lower half.
    ("a\u{00}b\u{11}c\u{13}d\u{14}e\u{01}f\u{07}\u{0e}\u{0f}g", "abcdef\u{07}\u{0e}\u{0f}g"),
    // A full reset is a clean screen in the usual modes.
    ("a\u{1b}cb", "a\u{1b}[0m\u{1b}(B\u{0f}\u{1b}[H\u{1b}[2Jb"),
    ("\u{1b}[?1049h\u{1b}cb", "\u{1b}[?1049h\u{1b}[?1049l\u{1b}[0m\u{1b}(B\u{0f}\u{1b}[H\u{1b}[2Jb"),
    // Not in the standard's order.
    ("a\u{1b}[ 5mb\u{1b}[5?hc", "abc"),
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

  /// What the guest leaves set, and nothing else, is taken back.
  @Test(arguments: [
    ("plain", ""),
    (
      "\u{1b}[?1049h\u{1b}[?25l\u{1b}[?2004h\u{1b}[?1003h\u{1b}[1;31m", "\u{1b}[?1049l\u{1b}[?25h\u{1b}[?2004l\u{1b}[0m"
    ),
    ("\u{1b}[?1049h\u{1b}[?25l\u{1b}[?25h\u{1b}[?1049l\u{1b}[31mx\u{1b}[m", ""),
    ("\u{1b}[?7l\u{1b}[?1h\u{1b}=", "\u{1b}[?1l\u{1b}[?7h\u{1b}>"),
    ("\u{1b}[4h\u{1b}(0\u{1b}[3 q", "\u{1b}[4l\u{1b}(B\u{1b})B\u{0f}\u{1b}[0 q"),
    ("\u{1b}[2;10r\u{1b}[?6h", "\u{1b}[?6l\u{1b}7\u{1b}[r\u{1b}8"),
    ("\u{1b}[?47h\u{1b}[?1048h", "\u{1b}[?47l"),
  ])
  func undoing(_ input: String, _ output: String) {
    var filter = TerminalFilter(.live)
    _ = filter.feed(Array(input.utf8))
    #expect(String(decoding: filter.traces.undoing, as: UTF8.self) == output)
  }

  @Test func unfilteredOutputIsTakenBackAltogether() {
    var traces = TerminalTraces()
    traces.isUnfiltered = true
    let text = String(decoding: traces.undoing, as: UTF8.self)
    for mode in [1000, 1002, 1003, 1004, 1006, 1016, 2004] { #expect(text.contains("\u{1b}[?\(mode)l")) }
    #expect(text.contains("\u{1b}[?25h") && text.contains("\u{1b}[>4;0m") && !text.contains("1049"))
  }

  /// Whatever comes, cut anywhere: no introducer of a string, no question, no window operation is shown.
  @Test func nothingDangerousPasses() {
    var random = SeededRandom(seed: 2)
    let bricks: [[UInt8]] = [
      [0x1b], Array("]".utf8), Array("[".utf8), Array("P".utf8), [0x9b], [0x9d], [0x90], [0xc2, 0x9b], [0xc2, 0x9d],
      [0xc2],
      [0x07], [0x9c], Array("\\".utf8), Array("21t".utf8), Array("6n".utf8), Array("52;c;x".utf8), [0x05],
      [0xe6, 0x9d],
      [0xf0, 0x9b], Array("m".utf8), Array("?1003h".utf8), Array("5i".utf8), Array("1*y".utf8), Array("c".utf8), [0x18],
      Array("text".utf8), [0x0d, 0x0a],
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
        #expect(!text.contains("\u{1b}[?1003") && !text.contains("\u{1b}[5i") && !text.contains("\u{1b}[1*y"))
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
