import Failure
import Foundation
import Life
import Linux
import Testing

@testable import NodeCore
@testable import VMSpec

/// What is said of a record that somebody has damaged: its own keys, and no word of how it is read.
@Suite struct DecodingWordsTests {
  private static let id = "0000aaaa-0000-4000-8000-000000000001"

  /// A whole record with something in it exchanged, and what is then said.
  private static let damages: [(find: String, put: String, words: String)] = [
    ("\"schema\"", "\"schemas\"", "schema is missing"),
    ("\"memory\" : 16777216", "\"memory\" : \"much\"", "spec.memory"),
    ("\"state\" : \"pending\"", "\"state\" : \"asleep\"", "state has a value that is not known"),
    ("\"createdAt\" : \"2027", "\"createdAt\" : \"x2027", "something in it is damaged"),
    ("{\n", "{{\n", "it is not whole, or something in it is damaged"),
  ]

  @Test(arguments: damages.indices) func damageIsNamed(index: Int) throws {
    let damage = Self.damages[index]
    let folder = FileManager.default.temporaryDirectory.path + "/damage-\(UUID().uuidString)"
    try Files.makeFolders(folder)
    defer { try? Files.removeFolder(folder) }
    let record = Record(
      id: try #require(RecordID(Self.id)), spec: VMSpec(name: "one", memory: 1 << 24, boot: .firmware(.bios)),
      createdAt: Date(timeIntervalSince1970: 1_800_000_000), desired: .off, state: .pending, generation: 0)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    encoder.dateEncodingStrategy = .iso8601
    let text = String(decoding: try encoder.encode(record), as: UTF8.self)
    let damaged = text.replacing(damage.find, with: damage.put, maxReplacements: 1)
    try #require(damaged != text, "nothing was exchanged in \(text)")
    try Files.replace(folder + "/vm.json", with: Array(damaged.utf8))
    let refusal = try #require(throws: Failure.self) {
      _ = try RecordStore.read(folder + "/vm.json", id: Self.id)
    }
    #expect(refusal.cause.hasPrefix("not a record: "), "\(refusal)")
    #expect(refusal.cause.contains(damage.words), "\(refusal)")
    for word in ["DecodingError", "Swift", "codingPath", "debugDescription", "Optional("] {
      #expect(!refusal.cause.contains(word), "\(refusal)")
    }
  }
}
