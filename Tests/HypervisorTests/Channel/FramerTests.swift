import Failure
import Seeded
import Testing

@testable import Hypervisor
@testable import Text

@Suite struct FramerTests {
  @Test func linesDoNotDependOnTheChunks() {
    var random = SeededRandom("framer")
    for _ in 0..<500 {
      let lines = (0..<Int.random(in: 1...20, using: &random)).map { _ in
        (0..<Int.random(in: 1...60, using: &random)).map { _ in UInt8.random(in: 0x20...0x7e, using: &random) }
      }
      let end: [UInt8] = Bool.random(using: &random) ? [0x0d, 0x0a] : [0x0a]
      var framer = LineFramer(limit: 60)
      var pieces: [LineFramer.Piece] = []
      for chunk in lines.flatMap({ $0 + end }).cut(&random) { pieces += framer.feed(chunk) }
      // A return character counts until the end of the line is seen.
      let expected = lines.map { line -> LineFramer.Piece in
        line.count == 60 && end.count == 2 ? .tooLong : .line(line, marked: false)
      }
      #expect(pieces == expected)
      #expect(framer.pending == 0)
    }
  }

  @Test func rubbishBeforeTheMarkIsDropped() {
    var random = SeededRandom("marks")
    for _ in 0..<500 {
      let rubbish = (0..<Int.random(in: 0...200, using: &random)).map { _ in UInt8.random(in: 0...0xfe, using: &random)
      }
      let answer = Array("{\"return\": 7}".utf8)
      var framer = LineFramer(limit: 100, mark: 0xff)
      var pieces: [LineFramer.Piece] = []
      for chunk in (rubbish + [0xff] + answer + [0x0a]).cut(&random) { pieces += framer.feed(chunk) }
      #expect(pieces.last == .line(answer, marked: true))
      #expect(!pieces.dropLast().contains { if case .line(_, true) = $0 { true } else { false } })
    }
  }

  @Test func longLinesAreSkippedAndCostNothing() {
    var framer = LineFramer(limit: 10, mark: 0xff)
    for _ in 0..<1000 {
      #expect(framer.feed([UInt8](repeating: 0x61, count: 100)).isEmpty)
      #expect(framer.pending <= 10)
    }
    #expect(framer.feed([0x0a, 0x62, 0x0a]) == [.tooLong, .line([0x62], marked: false)])
  }

  @Test func whatIsDroppedLeavesNothingBehind() {
    var framer = LineFramer(limit: 10, mark: 0xff)
    func drop(_ text: String) { Array(text.utf8).withUnsafeBytes { framer.drop($0) } }
    #expect(framer.feed(Array("abc".utf8)).isEmpty)
    drop("def\ngh")
    #expect(framer.pending == 0)
    // The line that was dropped goes on: nobody gets its end.
    #expect(framer.feed(Array("i\njk\n".utf8)) == [.line(Array("jk".utf8), marked: false)])
    drop("x\ny\n")
    #expect(framer.feed(Array("z\n".utf8)) == [.line(Array("z".utf8), marked: false)])
    drop("half")
    #expect(framer.feed([0x61, 0xff, 0x62, 0x0a]) == [.line([0x62], marked: true)])
  }

  @Test func randomBytesNeverTrap() {
    var random = SeededRandom("bytes")
    var framer = LineFramer(limit: 64, mark: 0xff)
    for _ in 0..<20_000 {
      let bytes = (0..<20).map { _ in UInt8.random(in: 0...255, using: &random) }
      for case .line(let line, _) in framer.feed(bytes) { _ = try? JSON(parsing: line) }
    }
  }
}

@Suite struct JSONTests {
  @Test func valuesKeepTheirKind() throws {
    let text = #"{"a":[1,-9223372036854775808,1.5,true,false,null,"x"],"b":{},"c":18446744073709551615}"#
    let value = try JSON(parsing: Array(text.utf8))
    #expect(value["a"] == [1, .integer(.min), .double(1.5), true, false, .null, "x"])
    #expect(value["b"] == [:] && value["c"] == .double(18_446_744_073_709_551_616))
    #expect(try JSON(parsing: value.bytes()) == value)
  }

  @Test func rubbishIsATypedRefusal() {
    for text in ["", "{", "nul", "{\"a\":}", "\u{ff}"] {
      let failure = #expect(throws: Failure.self) { try JSON(parsing: Array(text.utf8)) }
      #expect(failure?.code == .protocol)
    }
  }
}
