import Failure
import Foundation
import Testing

@testable import VMSpec

/// JSON by JSON's rules, YAML by those of YAML 1.2's core schema, and words for what is neither.
@Suite struct DocumentReaderTests {
  static let body = "\"memory\": \"64MiB\", \"boot\": {\"kernel\": \"k\"}"

  private func label(json text: String) throws -> String? {
    try VMSpec.parse("{\"name\": \"a\", \(Self.body), \"labels\": {\"a\": \(text)}}").labels["a"]
  }

  private func label(yaml text: String) throws -> String? {
    try VMSpec.parse("name: a\nmemory: 64MiB\nboot: {kernel: k}\nlabels:\n  a: \(text)\n").labels["a"]
  }

  @Test func jsonIsReadAsJSON() throws {
    #expect(try label(json: #""\ud83d\ude80""#) == "🚀")
    #expect(try label(json: #""\/\u0085\u2028\ufeff\u00e4""#) == "/\u{85}\u{2028}\u{feff}ä")
    #expect(try label(json: "\"a\u{85}b\u{2028}c\u{7f}\"".replacing("\u{7f}", with: "")) == "a\u{85}b\u{2028}c")
    #expect(try label(json: "\"<<\"") == "<<" && label(json: "\"!x &y *z\"") == "!x &y *z")
    #expect(try label(json: "12.50") == "12.50" && label(json: "1e3") == "1e3" && label(json: "true") == "true")
    let long = String(repeating: "k", count: 1500)
    let text = "{\"name\": \"a\", \(Self.body), \"labels\": {\"\(long)\": \"v\"}}"
    let failure = try #require(throws: Failure.self) { try VMSpec.parse(text) }
    #expect(failure.cause.contains("1 to 63"), "\(failure)")
  }

  @Test(arguments: [
    (#"{"name": "\ud83d"}"#, "surrogates", "line 1, column 17"), (#"{"name": "\ude80\ud83d"}"#, "surrogates", "line 1"),
    ("{\"name\": \"a\",\n \"name\": \"b\"}", "`name` is there twice", "line 2"),
    ("{\"name\": \"a\"\n \"vcpus\": 1}", "comma", "line 2, column 2"),
    ("{\"name\" \"a\"}", "colon", "line 1, column 9"),
    ("{\"name\": \"a\"", "comma", "line 1"), ("{\"name\": \"\\q\"}", "backslash", "line 1"),
    ("{\"name\": \"a}", "closing quote", "line 1"), ("{\"name\": \"a\"} x", "follows the end", "line 1, column 15"),
    ("{\"a\": [1, 2}", "element", "line 1, column 12"), ("{\"ä\": \"\\u12\"}", "four hexadecimal", "line 1"),
  ]) func whatIsNoJSONIsSaidInItsWords(text: String, cause: String, place: String) throws {
    let failure = try #require(throws: Failure.self) { try VMSpec.parse(text, origin: "a.json") }
    #expect(failure.cause.contains(cause), "\(failure)")
    #expect(failure.object.hasPrefix("a.json: the document (\(place)"), "\(failure)")
  }

  /// Braces are YAML's too.
  @Test(arguments: [
    "{name: a, memory: 64MiB, boot: {kernel: k}}", "{name: a, memory: 64MiB, boot: {kernel: k},}",
    "{\"name\": \"a\", \"memory\": 64MiB, \"boot\": {\"kernel\": k}}", "{'name': a, memory: 64MiB, boot: {kernel: k}}",
    "{\"name\": \"a\", # it\n \"memory\": \"64MiB\", \"boot\": {\"kernel\": \"k\"},}",
    "{? name : a, memory: 64MiB, boot: {kernel: k}}",
  ]) func flowStyleStaysYAML(text: String) throws { #expect(try VMSpec.parse(text).name == "a") }

  @Test(arguments: ["", "# a comment\n", "---\n", "%YAML 1.2\n---\n"]) func aMarkMayStandBefore(head: String) throws {
    let text = "\u{feff}" + head + "name: a\nmemory: 64MiB\nboot: {kernel: k}\n"
    #expect(try VMSpec.parse(text).name == "a")
    #expect(try VMSpec.parse(text.replacing("\n", with: "\r\n")).name == "a")
  }

  @Test func aMarkMayStandBeforeJSON() throws {
    #expect(try VMSpec.parse("\u{feff} {\"name\": \"a\", \(Self.body)}").name == "a")
  }

  @Test(arguments: [
    "", " \n\n", "\u{feff}", "# only\n# comments\n", "---\n", "---\n...\n", "null", "~\n", "--- # x\n", "\t\n",
  ])
  func nothingIsSaidToBeNothing(text: String) throws {
    let failure = try #require(throws: Failure.self) { try VMSpec.parse(text, origin: "x.yaml") }
    #expect(failure.object == "x.yaml: the document" && failure.cause == "it is empty", "\(failure)")
    #expect(failure.remedy == "write at least name, memory and boot")
  }

  @Test func yamlCarriesWhatItCan() throws {
    #expect(try label(yaml: "\"a\u{85}b\u{2028}c\u{2029}d\"") == "a\u{85}b\u{2028}c\u{2029}d")
    #expect(
      try label(yaml: "a\u{85}b") == "a\u{85}b" && label(yaml: #""\N\L\P\_\x41""#) == "\u{85}\u{2028}\u{2029}\u{a0}A")
    #expect(try label(yaml: "\"\u{f0000}\u{85}\u{f0001}\"") == "\u{f0000}\u{85}\u{f0001}")
    #expect(try label(yaml: "|-\n    x\u{85}y") == "x\u{85}y")
  }

  @Test(arguments: [
    ("a: !custom x", "the tag `!custom` is not known"), ("a: !!binary aGk=", "the tag `!!binary` is not known"),
    ("a: !!timestamp 2001-01-01", "`!!timestamp`"), ("a: !!set {x}", "`!!set`"),
    ("a: !!python/object:x {}", "`!!python/object:x`"),
    ("a: !!int x", "`x` is not what the tag `!!int` says"), ("a: !<x:y> b", "`!<x:y>`"),
    ("a: &d {x: 1}\nb: {<<: *d, y: 2}", "merge keys (`<<`) are not known"), ("<<: {a: 1}", "merge keys"),
    ("a: 1\n---\nb: 2", "second document"), ("a: 1\na: 2", "`a` is there twice"),
    ("a: \"\u{1}\"", "control character, number 1"),
    ("a: \u{7f}", "control character, number 127"), ("a: \"\\ud83d\"", "Unicode"), ("\ta: 1", "cannot start any token"),
  ]) func whatIsNotKnownIsNamed(text: String, cause: String) throws {
    let failure = try #require(throws: Failure.self) { try VMSpec.parse(text) }
    #expect(failure.cause.contains(cause), "\(failure)")
    #expect(failure.object.hasPrefix("the document (line ") && !failure.remedy.isEmpty, "\(failure)")
  }

  @Test func tagsOfTheCoreSchemaSayWhatIsSo() throws {
    let spec = try VMSpec.parse(
      "!!map {name: !!str a, memory: ! 64MiB, vcpus: !!int 2, console: !!bool false, boot: {kernel: !!str 7}, disks: !!seq []}"
    )
    #expect(spec.vcpus == 2 && !spec.console && spec.boot == .kernel(KernelBoot(kernel: "7")))
  }

  /// What stands without quotes where a text is wanted: taken if it is nothing but a text.
  static let texts = [
    "nan", "NaN", "infinity", "inf", "Infinity", "yes", "no", "on", "off", "Y", "n", "No", "OFF", "nil", "none", "x12",
    "e3",
    "truee", "Nulls", "tRUE", "nUll", "a.b", "web-1", "o17", "inf_",
  ]
  static let others = [
    "12", "-1", "+1", "0x1f", "0o17", "017", "1e3", "1.5", ".5", "5.", "1E-3", ".inf", "-.inf", "+.INF", ".nan", ".NaN",
    "true",
    "True", "FALSE", "false", "null", "Null", "~",
  ]

  @Test(arguments: texts) func aTextIsAText(text: String) throws {
    #expect(try VMSpec.parse("name: \(text)\nmemory: 64MiB\nboot: {kernel: k}\n").name == text)
    #expect(try VMSpec.parse("{\"name\": \"\(text)\", \(Self.body)}").name == text)
  }

  @Test(arguments: others) func anythingElseNeedsQuotes(text: String) throws {
    let failure = try #require(throws: Failure.self) {
      try VMSpec.parse("name: a\nmemory: 64MiB\nboot: {kernel: \(text)}\n")
    }
    #expect(failure.object == "boot.kernel (line 3)", "\(failure)")
    #expect(failure.remedy.contains("quotes") || failure.remedy.contains("give it a value"), "\(failure)")
    let quoted = try VMSpec.parse("name: a\nmemory: 64MiB\nboot: {kernel: '\(text)'}\n")
    #expect(quoted.boot == .kernel(KernelBoot(kernel: text)))
  }

  @Test(arguments: [
    "2001-01-01", "12:30:45", "1_000", "0b11", "0x", "1e", "e", "-", ".", "1.2.3", "0x1p3", "190:20:30",
  ])
  func whatOnlyYAML11TakesForSomethingElseIsAText(text: String) throws {
    #expect(
      try VMSpec.parse("name: a\nmemory: 64MiB\nboot: {kernel: \(text)}\n").boot == .kernel(KernelBoot(kernel: text)))
  }
}
