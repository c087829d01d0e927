import Foundation
import IPC
import Testing

/// What the fuzzers found worth keeping, and what once broke something.
@Suite struct ReplayTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

  @Test(arguments: Subject.allCases) func keptInputsAreReadWithoutFault(_ subject: Subject) throws {
    var count = 0
    for kind in ["corpus", "regressions"] {
      let folder = Self.folder.appending(path: kind).appending(path: subject.rawValue)
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      for name in names.sorted() {
        let input = try Data(contentsOf: folder.appending(path: name))
        // A buffer of exactly that size: a sanitizer then sees every byte that is read behind it.
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: input.count, alignment: 16)
        defer { copy.deallocate() }
        copy.copyBytes(from: input)
        if let fault = subject.fault(UnsafeRawBufferPointer(copy)) { Issue.record("\(kind)/\(name): \(fault)") }
        count += 1
      }
    }
    #expect(count > 0, "there is no corpus in Fuzz/corpus/\(subject.rawValue)")
  }

  @Test func everyVerbOfNetdIsFuzzed() {
    let known = Set(FrameInputs.bodies.map(\.verb))
    for verb in Verb.allCases where !known.contains(verb.rawValue) {
      Issue.record("\(verb) is missing in Fuzz/Decoders/FrameInputs.swift: add `+ Body.both(TYPE.self)`")
    }
  }
}
