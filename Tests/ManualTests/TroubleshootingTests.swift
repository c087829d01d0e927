import Foundation
import Testing

/// `docs/troubleshooting.md`: behind each remedy stands the test that carries it out.
@Suite struct TroubleshootingTests {
  @Test func everyTestThatIsNamedIsThere() throws {
    let tests = ManualPage.root.appending(path: "Tests")
    let files = try #require(FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil))
    let texts = try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }.map {
      try String(contentsOf: $0, encoding: .utf8)
    }
    let page = try ManualPage.text("docs/troubleshooting.md")
    let names = page.matches(of: /`(\w+Tests)(?:\/(\w+))?`/)
    #expect(names.count > 30)
    for name in names {
      let suites = texts.filter { $0.contains("struct \(name.1) ") || $0.contains("extension \(name.1) ") }
      #expect(!suites.isEmpty, "\(name.0)")
      guard let test = name.2 else { continue }
      #expect(suites.contains { $0.contains("func \(test)(") }, "\(name.0)")
    }
  }
}
