import Seeded
import Testing

@testable import CommandLine
@testable import VMSpec

/// What we write as a document, in JSON or in YAML, is read as what it was.
@Suite struct DocumentRoundTripTests {
  private static let scalars: [Unicode.Scalar] = [
    "a", "Z", "0", " ", "\"", "'", "\\", "/", ":", "#", "-", "&", "*", "!", "%", "{", "]", ",", "?", "|", ">", "@", "`",
    "<",
    "~", "=", "ä", "\u{80}", "\u{85}", "\u{9f}", "\u{a0}", "\u{2028}", "\u{2029}", "\u{fffd}", "\u{feff}", "\u{e000}",
    "🚀",
    "\u{f0000}", "\u{f0001}", "\u{10fffd}", "\u{301}",
  ]

  private static func text(_ random: inout SeededRandom, lines: Bool = false) -> String {
    var text = ""
    for _ in 0..<Int.random(in: 0...12, using: &random) {
      let isControl = lines && Int.random(in: 0..<4, using: &random) == 0
      let control: Unicode.Scalar =
        ["\n", "\t", "\r", "\u{1}", "\u{1b}", "\u{7f}"].randomElement(using: &random) ?? "\n"
      text.unicodeScalars.append(isControl ? control : scalars.randomElement(using: &random) ?? "a")
    }
    return text
  }

  private static let words = [
    "no", "nan", "null", "~", "true", "1e3", "0x1f", "012", "<<", "", " ", "- a", ".inf", "2001-01-01",
  ]

  private static func spec(_ random: inout SeededRandom) -> VMSpec {
    var labels: [String: String] = [:]
    for index in 0..<Int.random(in: 0...6, using: &random) {
      let key = Bool.random(using: &random) ? text(&random) : words.randomElement(using: &random) ?? ""
      let value = Bool.random(using: &random) ? text(&random) : words.randomElement(using: &random) ?? ""
      labels[key.isEmpty ? "k\(index)" : key] = value
    }
    let disks = (0..<Int.random(in: 1...3, using: &random)).map { index in
      DiskSpec(name: "d\(index)", path: "/i/\(index) " + text(&random), format: .raw)
    }
    let user = "#cloud-config\n" + text(&random, lines: true)
    let data: CloudInitSpec? =
      Bool.random(using: &random) ? nil : CloudInitSpec(userData: user, metaData: text(&random, lines: true) + "x y")
    return VMSpec(
      name: ["no", "nan", "off", "web-1", "e3"].randomElement(using: &random) ?? "a", labels: labels,
      vcpus: .random(in: 1...256, using: &random), memory: UInt64.random(in: 16...4096, using: &random) << 20,
      boot: .kernel(KernelBoot(kernel: "/" + text(&random), cmdline: text(&random) + "x \"a  b\"")), disks: disks,
      nics: [NICSpec(network: "on")], cloudInit: data)
  }

  @Test func documentsComeBackAsTheyWere() throws {
    var random = SeededRandom("documents")
    for _ in 0..<400 {
      let spec = Self.spec(&random)
      for format in [OutputFormat.json, .yaml] {
        let text = try #require(try Document.text(spec, format))
        #expect(try VMSpec.parse(text) == spec, "\(text)")
        // Readers of YAML 1.1 take these for line ends or refuse them.
        #expect(
          !text.unicodeScalars.contains { (0x7f...0x9f).contains($0.value) || $0 == "\u{2028}" || $0 == "\u{feff}" })
      }
      #expect(try spec.checked("test", fields: [:]) == spec)
    }
  }
}
