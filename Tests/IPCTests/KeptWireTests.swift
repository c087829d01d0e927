import Foundation
import IPC
import IPCFrames
import Testing

/// What was sent by an earlier release is understood by every later one of the same version of the wire.
///
/// `wire-4.tsv` has packets as they were when version 4 was new: name of the message, bytes, and what they say. A line is
/// never changed. `PROCURATOR_WIRE=write` adds lines for messages that have none. `wire-1.tsv` is the same of version 1.
@Suite struct KeptWireTests {
  private static func file(_ name: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: name)
  }

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
    try #require(NetdVersion.oldest == 4, "while version 4 is spoken, its packets are kept")
    let file = Self.file("wire-4.tsv")
    var text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    var lines = text.split(separator: "\n").compactMap(Line.init)
    if ProcessInfo.processInfo.environment["PROCURATOR_WIRE"] == "write" {
      for specimen in Specimen.all where !lines.contains(where: { $0.name == specimen.name }) {
        for seed in Self.samples {
          let body = Array(specimen.packet(seed).dropFirst(Wire.headerSize))
          let digits = body.map { String(format: "%02x", $0) }.joined()
          text += "\(specimen.name)\t\(digits)\t\(specimen.words(body) ?? "")\n"
        }
      }
      try text.write(to: file, atomically: true, encoding: .utf8)
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

  /// Version 1 is refused. What a client of it would say is what it was, or nothing; never something else.
  @Test func whatVersion1HasSentIsNeverMisread() throws {
    let text = try String(contentsOf: Self.file("wire-1.tsv"), encoding: .utf8)
    var outdated: Set<String> = []
    for line in text.split(separator: "\n").compactMap(Line.init) {
      let specimen = try #require(Specimen.all.first { $0.name == line.name }, "\(line.name)")
      guard let words = specimen.words(line.bytes) else {
        outdated.insert(line.name)
        continue
      }
      #expect(specimen.name == "IPC.Keep" || specimen.name == "IPC.Attach" || words == line.words)
    }
    #expect(outdated.isSubset(of: ["IPC.Keep", "IPC.Attach", "IPC.Ports.Reply"]))
  }
}
