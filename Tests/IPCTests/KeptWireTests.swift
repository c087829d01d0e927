import Foundation
import IPC
import Testing

/// What was sent by an earlier release is understood by every later one of the same version of the wire.
///
/// `wire-1.tsv` has packets as they were when version 1 was new: name of the message, bytes, and what they say. A line is
/// never changed. `PROCURATOR_WIRE=write` adds lines for messages that have none.
@Suite struct KeptWireTests {
  private static let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "wire-1.tsv")
  private static let samples: Range<UInt64> = 0..<4

  private struct Line {
    var name: String
    var bytes: [UInt8]
    var words: String

    init?(_ text: Substring) {
      let parts = text.split(separator: "\t", omittingEmptySubsequences: false)
      guard parts.count == 3 else { return nil }
      name = String(parts[0])
      let digits = Array(parts[1].utf8)
      bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
        UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
      }
      words = String(parts[2])
    }
  }

  @Test func whatAnEarlierReleaseHasSentIsUnderstood() throws {
    try #require(Wire.oldestVersion == 1, "while version 1 is spoken, its packets are kept")
    var text = (try? String(contentsOf: Self.file, encoding: .utf8)) ?? ""
    var lines = text.split(separator: "\n").compactMap(Line.init)
    if ProcessInfo.processInfo.environment["PROCURATOR_WIRE"] == "write" {
      for specimen in Specimen.all where !lines.contains(where: { $0.name == specimen.name }) {
        for seed in Self.samples {
          let body = Array(specimen.packet(seed).dropFirst(Wire.headerSize))
          let digits = body.map { String(format: "%02x", $0) }.joined()
          text += "\(specimen.name)\t\(digits)\t\(specimen.words(body) ?? "")\n"
        }
      }
      try text.write(to: Self.file, atomically: true, encoding: .utf8)
      lines = text.split(separator: "\n").compactMap(Line.init)
    }
    for specimen in Specimen.all {
      let kept = lines.filter { $0.name == specimen.name }
      #expect(kept.count == Self.samples.count, "\(specimen.name): PROCURATOR_WIRE=write keeps packets of it")
      for line in kept {
        #expect(specimen.decode(line.bytes), "\(specimen.name) is no message any more, or another one")
        #expect(specimen.words(line.bytes) == line.words)
      }
    }
  }
}
