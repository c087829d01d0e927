import Failure
import Testing

@testable import VMSpec

/// What is added to a kernel's line is put where the kernel reads it, and the rest stays as it is.
@Suite struct KernelLineTests {
  static let added = [
    ("", "x=1"), ("quiet", "quiet x=1"), ("a  b", "a  b x=1"), (" a ", " a x=1 "), ("a -- b", "a x=1 -- b"),
    ("a  --  b  c", "a x=1  --  b  c"), ("-- b", "x=1 -- b"), ("a=\"-- b\" c", "a=\"-- b\" c x=1"),
    ("a \"--\" b", "a x=1 \"--\" b"), ("a --b", "a --b x=1"), ("a=\"b c", "x=1 a=\"b c"),
    ("a=\"b -- c", "x=1 a=\"b -- c"), ("\"a b=c\" d", "\"a b=c\" d x=1"), ("   ", "x=1    "), ("ä=ö", "ä=ö x=1"),
  ]

  @Test(arguments: added) func additionsComeBeforeWhatIsInits(given: String, wanted: String) {
    var line = KernelLine(given)
    line.add("x=1")
    #expect(line.text == wanted)
    // What was there is there, byte by byte and in order.
    let left = wanted.replacing("x=1", with: "", maxReplacements: 1)
    #expect(left.filter { $0 != " " } == given.filter { $0 != " " })
  }

  @Test(
    arguments: [
      ("console=tty0", true), ("a console=x", true), ("\"console=x y\"", true), ("a=\"console=x\"", false),
      ("a=\"b console=x\"", false), ("console", false), ("-- console=x", false), ("xconsole=1", false),
    ] as [(String, Bool)])
  func aParameterIsFoundWhereTheKernelFindsIt(text: String, isThere: Bool) {
    #expect(KernelLine(text).has("console") == isThere)
  }

  @Test func dashesInNamesAreUnderscores() {
    #expect(KernelLine("tsc-early-khz=1").has("tsc_early_khz"))
    #expect(!KernelLine("tsc-early=khz").has("tsc_early_khz"))
  }

  private func document(_ cmdline: String, _ extra: String = "") -> String {
    "name: a\nmemory: 64MiB\nboot:\n  kernel: k\n  cmdline: \(cmdline)\n\(extra)"
  }

  /// ` console=ttyS0` has 14 bytes.
  @Test func theSumIsCounted() throws {
    let most = String(repeating: "x", count: 2033)
    let spec = try VMSpec.parse(document(most))
    guard case .kernel(let boot) = spec.boot else { throw Failure(.internal, operation: "test", cause: "no kernel") }
    #expect(KernelLine(boot, spec).text == most + " console=ttyS0")
    let failure = try #require(throws: Failure.self) { try VMSpec.parse(document(most + "x")) }
    #expect(failure.object == "boot.cmdline (line 5)", "\(failure)")
    #expect(failure.cause.contains("2034 bytes") && failure.cause.contains("2033 are left"), "\(failure)")
    #expect(failure.remedy.contains("shorten it by 1 byte"), "\(failure)")
    // With nothing to be added all of it is the user's.
    let whole = String(repeating: "x", count: 2047)
    #expect(try VMSpec.parse(document(whole, "console: false")).name == "a")
    let named = "console=ttyS0 " + String(repeating: "x", count: 2033)
    #expect(try VMSpec.parse(document(named)).name == "a")
  }
}
