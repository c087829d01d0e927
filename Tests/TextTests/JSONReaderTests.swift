import Foundation
import Seeded
import Testing

@testable import Text

/// The reader and writer of JSON, against Foundation's.
@Suite struct JSONReaderTests {
  private func read(_ text: String) -> JSON? { try? JSON(parsing: Array(text.utf8)) }

  @Test func valuesAreRead() {
    #expect(
      read(#" {"a" : [1, -2.5, true, null, "x"], "b":{} } "#) == [
        "a": [1, .double(-2.5), true, .null, "x"], "b": [:],
      ])
    #expect(read("9223372036854775807") == .integer(.max))
    #expect(read("-9223372036854775808") == .integer(.min))
    #expect(read("18446744073709551615") == .double(18446744073709551616))
    #expect(read("1e3") == 1000 && read("1.50") == .double(1.5) && read("-0") == 0)
    #expect(read(#""\"\\\/\b\f\n\r\t\u00e4\uD83D\ude00ä""#) == .string("\"\\/\u{8}\u{c}\n\r\tä😀ä"))
    #expect(read(#"{"a":1,"a":2}"#) == ["a": 2])
    #expect(read(String(repeating: "[", count: 16) + String(repeating: "]", count: 16)) != nil)
  }

  @Test(arguments: [
    "", " ", "{", "}", "[1,]", "[,1]", "[1 2]", #"{"a"}"#, #"{"a":}"#, #"{a:1}"#, #"{"a":1,}"#, "01", "-", "1.", ".5",
    "1e", "+1", "nul", "truee", "NaN", "1e999", #"""#, #""\x""#, #""\u12g4""#, #""\ud800""#, #""\ud800\u0041""#,
    "\"\u{1}\"", "1 2", "[1]]", "/**/1",
  ])
  func otherThingsAreRefused(text: String) { #expect(read(text) == nil, "\(text)") }

  @Test func depthIsBounded() {
    #expect(read(String(repeating: "[", count: 17) + String(repeating: "]", count: 17)) == nil)
    #expect(read(String(repeating: "[", count: 1 << 20)) == nil)
    #expect(throws: (any Error).self) { try JSON(parsing: [0x22, 0xff, 0x22]) }
  }

  /// What it writes, Foundation reads as the same value, and the reverse.
  @Test func agreesWithFoundation() throws {
    var random = SeededRandom(seed: 20_261_121)
    for _ in 0..<300 {
      let value = Self.value(&random, depth: 0)
      let bytes = try value.bytes()
      #expect(try JSON(parsing: bytes) == value)
      #expect(try JSONDecoder().decode(JSON.self, from: Data(bytes)) == value)
      #expect(try JSON(parsing: Array(try JSONEncoder().encode(value))) == value)
    }
    #expect(throws: (any Error).self) { try JSON.double(.infinity).bytes() }
    #expect(
      String(decoding: try JSON.object(["b": "\u{1}\"/", "a": 1]).bytes(), as: UTF8.self) == #"{"a":1,"b":"\u0001\"/"}"#
    )
  }

  private static func value(_ random: inout SeededRandom, depth: Int) -> JSON {
    switch Int.random(in: 0..<(depth < 5 ? 8 : 5), using: &random) {
    case 0: return .null
    case 1: return .bool(.random(using: &random))
    case 2: return .integer(.random(in: Int64.min...Int64.max, using: &random))
    case 3: return .double(Double.random(in: -1e6...1e6, using: &random) + 1e-3)
    case 4, 5:
      let scalars: [Unicode.Scalar] = ["a", "\"", "\\", "\n", "\u{0}", "ä", "😀", "/", "\u{7f}", " "]
      return .string(
        String(String.UnicodeScalarView((0..<6).map { _ in scalars.randomElement(using: &random) ?? "a" })))
    case 6: return .array((0..<3).map { _ in value(&random, depth: depth + 1) })
    default:
      return .object(Dictionary(uniqueKeysWithValues: (0..<3).map { ("k\($0)\"", value(&random, depth: depth + 1)) }))
    }
  }
}
