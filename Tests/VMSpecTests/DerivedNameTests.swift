import Seeded
import Testing

@testable import VMSpec

/// Names of ours for what others call otherwise.
@Suite struct DerivedNameTests {
  @Test func whatIsANameStaysOne() {
    for name in ["web", "Web_1.a-b", "disk-1700000000000000000", String(repeating: "a", count: 63)] {
      #expect(DerivedName.of(name, kind: "vm") == name && DerivedName.ofDisk(name, number: nil) == name)
    }
    #expect(DerivedName.ofDisk("disk3", number: 3) == "disk3" && DerivedName.of("disk3", kind: "vm") == "disk3")
    #expect(DerivedName.of("Kunde 7 / Büro", kind: "vm").hasPrefix("kunde-7-b-ro-"))
    #expect(DerivedName.of("7b1e5a58-0d6c", kind: "disk").hasPrefix("disk-7b1e5a58-0d6c-"))
    #expect(DerivedName.of("日本", kind: "vm").hasPrefix("vm-"))
  }

  @Test func whatGuestsReadOfOtherDisksIsNoName() {
    for (name, number) in [("disk3", 2), ("disk0", nil), ("cidata", 0)] as [(String, Int?)] {
      let own = DerivedName.ofDisk(name, number: number)
      #expect(own != name && own.hasPrefix(name + "-") && DiskSerial.place(in: own) == nil, "\(own)")
    }
  }

  /// Of a hundred thousand texts of any characters: each has a name under our rules, always the same, and no two one.
  @Test func allHaveNamesOfTheirOwn() {
    var random = SeededRandom("derived names")
    let letters = ["a", "Z", "9", "-", "_", ".", " ", "/", "é", "日", "😀", "\u{301}", "'", "$", "\\", ":"]
    var owners: [String: String] = [:]
    for _ in 0..<100_000 {
      let length = Int.random(in: 1...[3, 12, 70, 255][Int.random(in: 0...3, using: &random)], using: &random)
      let text = (0..<length).map { _ in letters[Int.random(in: 0..<letters.count, using: &random)] }.joined()
      let name = DerivedName.of(text, kind: "vm")
      #expect(Rules.name(name) == nil && name.utf8.count <= 63, "\(text): \(name)")
      // Texts of which Swift says that they are the same are of different bytes.
      let before = owners.updateValue(text, forKey: name)
      #expect(before == nil || before?.utf8.elementsEqual(text.utf8) == true, "\(text) and \(before ?? ""): \(name)")
      #expect(DerivedName.of(text, kind: "vm") == name && DerivedName.of(name, kind: "vm") == name)
    }
  }
}
