import Failure
import Foundation
import Linux
import Testing

@testable import NodeCore

@Suite struct StateFormatTests {
  @Test func numbers() throws {
    #expect(try !StateFormat.mayWork(nil, "/x"))
    #expect(try StateFormat.mayWork("\(StateFormat.current)\n", "/x"))
    let newer = try #require(throws: Failure.self) { try StateFormat.mayWork("\(StateFormat.current + 1)\n", "/x") }
    #expect(newer.code == .state && newer.cause.contains("\(StateFormat.current + 1)"))
    for text in ["", "one", "-1", "0", "1 2"] {
      #expect(throws: Failure.self) { try StateFormat.mayWork(text, "/x") }
    }
  }

  @Test func itIsWrittenOnceAndKept() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/format-\(UUID().uuidString)"
    try Files.makeFolders(folder)
    defer { try? Files.removeFolder(folder) }
    let format = StateFormat(Paths(state: folder, runtime: folder))
    try format.settle()
    try format.settle()
    #expect(try Files.readText(format.path) == "\(StateFormat.current)\n")
    try Files.replace(format.path, with: Array("999\n".utf8))
    #expect(throws: Failure.self) { try format.settle() }
    #expect(try Files.readText(format.path) == "999\n")
  }
}
