import Seeded
import Testing

@testable import CommandLine

@Suite struct ConsoleKeysTests {
  private static func feed(_ pieces: String...) -> [ConsoleKeys.Action] {
    var keys = ConsoleKeys()
    return pieces.flatMap { keys.feed(Array($0.utf8)) }
  }

  @Test func escapesCountAtTheStartOfALineOnly() {
    #expect(Self.feed("~.") == [.leave])
    #expect(Self.feed("ls\r~.more") == [.send(Array("ls\r".utf8)), .leave])
    #expect(Self.feed("a~.") == [.send(Array("a~.".utf8))])
    #expect(Self.feed("~", ".") == [.leave])
    #expect(Self.feed("~~.") == [.send(Array("~.".utf8))])
    #expect(Self.feed("~x") == [.send(Array("~x".utf8))])
    #expect(Self.feed("~?", "~t~r") == [.help, .take, .toggleRaw])
    #expect(Self.feed("~\r~.") == [.send(Array("~\r".utf8)), .leave])
  }

  @Test func groupSeparatorLeavesAnywhere() {
    #expect(Self.feed("abc\u{1d}def") == [.send(Array("abc".utf8)), .leave])
  }

  /// Without tildes and ^] everything reaches the guest, at any chunking.
  @Test func everythingElseIsTheGuests() {
    var random = SeededRandom(seed: 1)
    for _ in 0..<500 {
      var keys = ConsoleKeys()
      var (typed, sent) = ([UInt8](), [UInt8]())
      for _ in 0..<10 {
        let bytes = (0..<Int.random(in: 0..<20, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
          .filter { $0 != ConsoleKeys.leaveByte && $0 != UInt8(ascii: "~") }
        typed += bytes
        for case .send(let some) in keys.feed(bytes) { sent += some }
      }
      #expect(sent == typed)
    }
  }
}
