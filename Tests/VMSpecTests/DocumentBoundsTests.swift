import Failure
import Testing

@testable import VMSpec

/// Reading takes milliseconds whatever is in a document: what is too much is refused before it is put together. Each of
/// these would take hours, or all memory, in a reader without bounds, so that a test that ends is the proof.
@Suite struct DocumentBoundsTests {
  private func refused(_ text: String, _ words: String, location: SourceLocation = #_sourceLocation) throws {
    let failure = try #require(throws: Failure.self, sourceLocation: location) { try VMSpec.parse(text) }
    #expect(failure.code == .invalid && failure.cause.contains(words), "\(failure)", sourceLocation: location)
    #expect(!failure.remedy.isEmpty, sourceLocation: location)
  }

  private func levels(_ count: Int) -> String {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1..<count {
      text += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ","))]\n"
    }
    return text
  }

  @Test func aliasesAreCountedAsWhatTheyStandFor() throws { try refused(levels(30), "more than 100000 values") }

  @Test func aliasesAsKeysAreNotLookedInto() throws {
    try refused(levels(4) + "? *a3\n: y\n", "not a single word")
    try refused(levels(12) + "? *a11\n: y\n", "more than 100000 values")
    try refused("? [a, b]\n: y\n", "not a single word")
    try refused("{a: 1}: 2\n", "not a single word")
    try refused("? {a: {b: c}}\n", "not a single word")
  }

  @Test func nestingIsBounded() throws {
    for count in [33, 900, 100_000] {
      try refused("a: " + String(repeating: "[", count: count), "nested deeper than")
      try refused("{\"a\": " + String(repeating: "[", count: count), "deeper than 32")
    }
    try refused(String(repeating: "{\"a\": ", count: 40), "deeper than 32")
    try refused("a:\n" + String(repeating: "- ", count: 900) + "x\n", "deeper than 32")
    // By aliases, each level a step.
    var text = "a0: &a0 [x]\n"
    for level in 1..<40 { text += "a\(level): &a\(level) [*a\(level - 1)]\n" }
    try refused(text, "deeper than 32")
  }

  @Test func valuesAreCounted() throws {
    try refused("a: [" + String(repeating: "x,", count: 200_000) + "]", "more than 100000 values")
    try refused("{\"a\": [" + String(repeating: "1,", count: 200_000) + "1]}", "more than 100000 values")
    try refused((0..<60_000).map { "k\($0): 1\n" }.joined(), "more than 100000 values")
  }

  @Test func directivesAreFew() throws {
    try refused((0..<50_000).map { "%TAG !a\($0)! b\n" }.joined() + "---\na: 1\n", "directives")
  }

  @Test func anAliasWithinItselfStandsForNothing() throws {
    try refused("a: &a [*a]\n", "`*a` stands for nothing")
    try refused("a: *b\nb: &b 1\n", "`*b` stands for nothing")
  }

  @Test func aliasesWithinTheBoundsAreTaken() throws {
    let text = """
      name: a
      memory: &size 64MiB
      boot: {kernel: &file k, initrd: *file}
      disks:
      - &disk {size: *size, iops: 5}
      - *disk
      labels: {&word x: *file, *word : y}
      """
    #expect(throws: Failure.self) { try VMSpec.parse(text) }
    let spec = try VMSpec.parse(text.replacing(", *word : y", with: ""))
    #expect(spec.disks == Array(repeating: DiskSpec(size: 64 << 20, iops: 5), count: 2))
    #expect(spec.labels == ["x": "k"])
  }
}
