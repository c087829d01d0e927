import Testing

@testable import CommandLine
@testable import Text

@Suite struct QuantityTests {
  @Test(arguments: [
    (UInt64(0), "0s"), (59, "59s"), (60, "1m00s"), (192, "3m12s"), (3599, "59m59s"), (3600, "1h00m"), (7500, "2h05m"),
    (86399, "23h59m"), (86400, "1d0h"), (273_600, "3d4h"), (UInt64.max, "213503982334601d7h"),
  ])
  func durations(_ seconds: UInt64, _ text: String) { #expect(Quantity.duration(seconds) == text) }

  /// What was left of a time is no sentence of sixteen digits.
  @Test(arguments: [
    (Duration.zero, "0s"), (.milliseconds(300), "0.3s"), (.seconds(3), "3s"), (.milliseconds(1520), "1.5s"),
    (.seconds(9.999_997_796_999_999), "10s"), (.seconds(12.3), "12s"), (.seconds(60), "1m00s"), (.seconds(-1), "0s"),
  ])
  func durationsOfAnyKind(_ time: Duration, _ text: String) { #expect(Quantity.duration(time) == text) }

  @Test(arguments: [
    (UInt64(0), "0"), (512, "512"), (1023, "1023"), (1024, "1K"), (1536, "1.5K"), (63_963_136, "61M"),
    (268_435_456, "256M"),
    (1_610_612_736, "1.5G"), (1_099_511_627_776, "1T"), (UInt64.max, "16E"), (1_048_575, "1M"),
  ])
  func bytes(_ count: UInt64, _ text: String) { #expect(Quantity.bytes(count) == text) }

  @Test(arguments: [
    (0.0, "0.0s"), (4.24, "4.2s"), (59.9, "59.9s"), (61.0, "1m01s"), (-1, "-"), (.nan, "-"), (.infinity, "-"),
  ])
  func processorTime(_ seconds: Double, _ text: String) { #expect(Quantity.processorTime(seconds) == text) }
}

@Suite struct HarmlessTextTests {
  @Test(arguments: [
    ("plain äöü 漢字 🙂\n", "plain äöü 漢字 🙂\n"),
    ("\u{1b}[2Jgone", "\\e[2Jgone"),
    ("\u{1b}]0;title\u{07}", "\\e]0;title^G"),
    ("a\r\nb", "a\nb"),
    ("over\rwritten", "over\\rwritten"),
    ("tab\tstays", "tab\tstays"),
    ("\u{9b}31m", "\\x9b31m"),
    ("\u{202e}evil", "\\u{202e}evil"),
    ("nul\0", "nul^@"),
    ("del\u{7f}", "del^?"),
    ("end\r", "end\\r"),
  ])
  func text(_ input: String, _ output: String) { #expect(HarmlessText.text(input) == output) }

  @Test func bytesThatAreNotTextAreShown() {
    var filter = HarmlessText()
    #expect(filter.feed([0x41, 0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0xf8]) == "A\\xff\\xc3(\\xed\\xa0\\x80\\xf8")
    #expect(filter.finish() == "")
  }

  @Test func aStreamMayBeCutAnywhere() {
    let whole = "grün \u{1b}[1m漢字\r\n🙂 \u{9b} end\r\n"
    let bytes = Array(whole.utf8)
    let expected = HarmlessText.text(whole)
    for size in 1...bytes.count {
      var filter = HarmlessText()
      var text = ""
      for start in stride(from: 0, to: bytes.count, by: size) {
        text += filter.feed(bytes[start..<min(start + size, bytes.count)])
      }
      #expect(text + filter.finish() == expected, "in pieces of \(size)")
    }
  }

  @Test func nothingThatSteersATerminalPasses() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      var filter = HarmlessText()
      let bytes = (0..<64).map { _ in UInt8.random(in: .min ... .max, using: &random) }
      let text = filter.feed(bytes) + filter.finish()
      let steering = text.unicodeScalars.filter {
        ($0.value < 0x20 && $0 != "\n" && $0 != "\t") || (0x7f..<0xa0).contains($0.value)
      }
      #expect(steering.isEmpty, "\(bytes)")
    }
  }
}

@Suite struct TableTests {
  @Test func columnsAreAsWideAsTheirWidestCell() {
    let table = Table(headings: ["NAME", "STATE"], rows: [["a-long-name", "up"], ["b", ""]])
    #expect(
      table.text() == """
        NAME         STATE
        a-long-name  up
        b            -

        """)
    #expect(table.text(headings: false).hasPrefix("a-long-name  up\n"))
  }

  @Test func aCellStaysOnItsLine() {
    let table = Table(headings: ["WHY"], rows: [["two\nlines \u{1b}[31m"]])
    #expect(table.text() == "WHY\ntwo lines \\e[31m\n")
  }
}
