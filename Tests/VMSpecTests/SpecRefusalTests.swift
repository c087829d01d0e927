import Failure
import Seeded
import Testing

@testable import VMSpec

/// One broken rule each: what the document has, and what the sentence about it has to contain.
struct Refusal: Sendable, CustomTestStringConvertible {
  var document: String
  var object: String
  var cause: String
  var remedy: String
  var testDescription: String { "\(object): \(cause)" }

  init(_ document: String, _ object: String, _ cause: String, _ remedy: String) {
    (self.document, self.object, self.cause, self.remedy) = (document, object, cause, remedy)
  }

  /// A document that is right but for the given line.
  init(line: String, _ object: String, _ cause: String, _ remedy: String) {
    self.init("name: a\nmemory: 64MiB\nboot: {kernel: k}\n\(line)\n", object, cause, remedy)
  }
}

@Suite struct SpecRefusalTests {
  static let wholes = [
    Refusal("", "the document", "empty", "name"),
    Refusal("[1]", "the document (line 1)", "must be a mapping", "key: value"),
    Refusal("name: [", "the document (line", "did not find", "correct the YAML"),
    Refusal("name: a\nname: b", "the document", "twice", "correct"),
    Refusal("memory: 64MiB", "name (line 1)", "missing", "name: web1"),
    Refusal("name: a", "memory (line 1)", "missing", "memory: 512MiB"),
    Refusal("name: a\nmemory: 0", "memory (line 2)", "out of range: it must be from 16MiB", "512MiB"),
    Refusal("name: a\nmemory: 15MiB", "memory (line 2)", "out of range", "512MiB"),
    Refusal("name: a\nmemory: 17TiB", "memory (line 2)", "to 16TiB", "512MiB"),
    Refusal("name: a\nmemory: 99999999999T", "memory (line 2)", "not a size", "MiB"),
    Refusal("name: a\nmemory: 256MB", "memory (line 2)", "`256MB` is not a size", "MiB"),
    Refusal("name: a\nmemory: -1", "memory (line 2)", "not a size", "MiB"),
    Refusal("name: a\nmemory: 16777217", "memory (line 2)", "not a multiple of 1MiB", "512MiB"),
    Refusal("name: a\nmemory:", "memory (line 2)", "not empty", "remove the key"),
    Refusal("name: a\nmemory: {}", "memory (line 2)", "not a mapping", "512MiB"),
    Refusal("name: 1a\nmemory: 64MiB", "name (line 1)", "not a name", "web1"),
    Refusal("name: 12\nmemory: 64MiB", "name (line 1)", "must be a string", "quotes"),
    Refusal("name: a b\nmemory: 64MiB", "name (line 1)", "not a name", "web1"),
    Refusal("name: \(String(repeating: "a", count: 64))\nmemory: 1G", "name (line 1)", "63 at most", "web1"),
    Refusal("name: a\nmemory: 64MiB", "the document (line 1)", "nothing to boot", "disks"),
    Refusal("name: a\nmemory: 64MiB\nboot: {firmware: uefi}", "boot (line 3)", "nothing to boot", "boot.kernel"),
    Refusal(
      "name: a\nmemory: 1G\nmachine: microvm\nboot: {kernel: k}\ndisks: [{path: a, bus: sata}]", "disks[0].bus",
      "a microvm has no sata", "use machine: q35"),
    Refusal(
      "name: a\nmemory: 1G\nmachine: microvm\nboot: {kernel: k}\nnics: [{model: e1000e}]", "nics[0].model",
      "no place for a card of PCI", "use machine: q35"),
    Refusal("name: a\nmemory: 1G\nmachine: microvm\ndisks: [{path: a}]", "machine (line 3)", "microvm", "q35"),
  ]

  static let lines = [
    Refusal(line: "memori: 1", "memori (line 4)", "unknown key", "did you mean `memory`? known keys: name, labels"),
    Refusal(line: "cpus: 1", "cpus (line 4)", "unknown key", "did you mean `vcpus`?"),
    Refusal(line: "zzzzzz: 1", "zzzzzz (line 4)", "unknown key", "known keys: name"),
    Refusal(line: "vcpus: 0", "vcpus (line 4)", "from 1 to 256, not `0`", "1 to 256"),
    Refusal(line: "vcpus: 257", "vcpus (line 4)", "from 1 to 256", "1 to 256"),
    Refusal(line: "vcpus: \"2\"", "vcpus (line 4)", "from 1 to 256", "without quotes"),
    Refusal(line: "vcpus: two", "vcpus (line 4)", "not `two`", "whole number"),
    Refusal(line: "vcpus: [1]", "vcpus (line 4)", "not a list", "whole number"),
    Refusal(line: "disks: [{path: a, bus: ide}]", "disks[0].bus", "one of virtio, scsi, sata, nvme", "write"),
    Refusal(line: "nics: [{model: e1000f}]", "nics[0].model", "one of virtio, e1000, e1000e, rtl8139", "did you mean"),
    Refusal(line: "machine: p35", "machine (line 4)", "one of q35, microvm", "did you mean `q35`"),
    Refusal(line: "accel: hvf", "accel (line 4)", "auto, kvm, tcg", "write one of"),
    Refusal(line: "console: yes", "console (line 4)", "true or false, not `yes`", "true or false"),
    Refusal(line: "agent: \"true\"", "agent (line 4)", "true or false", "without quotes"),
    Refusal(line: "labels: [a]", "labels (line 4)", "must be a mapping", "{} for none"),
    Refusal(line: "labels: {a: [b]}", "labels.a (line 4)", "not a list", "one value"),
    Refusal(
      line: "labels: {\(String(repeating: "k", count: 64)): v}", "labels.kkk", "1 to 63", "shorten"),
    Refusal(line: "labels: {a: \(String(repeating: "v", count: 256))}", "labels.a", "255 is the most", "shorten"),
    Refusal(
      line: "labels: {\((0...50).map { "k\($0): v" }.joined(separator: ", "))}", "labels", "51 labels", "remove"),
    Refusal(line: "disks: {}", "disks (line 4)", "must be a list", "- "),
    Refusal(
      line: "disks:\n  - path: a\n    sizee: 1", "disks[0].sizee (line 6)", "unknown key", "did you mean `size`?"),
    Refusal(line: "disks: [{}]", "disks[0] (line 4)", "neither path nor size", "add path"),
    Refusal(line: "disks: [{size: 1G, readonly: true}]", "disks[0]", "needs an image", "add path"),
    Refusal(line: "disks: [{path: a, size: 1G, readonly: true}]", "disks[0]", "takes no size", "remove size"),
    Refusal(line: "disks: [{path: a, format: vmdk}]", "disks[0].format", "qcow2, raw", "write one of"),
    Refusal(line: "disks: [{path: a, size: 1000}]", "disks[0].size", "out of range", "10GiB"),
    Refusal(line: "disks: [{path: a, size: 1048577}]", "disks[0].size", "multiple of 512", "10GiB"),
    Refusal(line: "disks: [{path: \"\"}]", "disks[0].path", "empty", "write a path"),
    Refusal(line: "disks: [{path: a}, {path: a}]", "disks[1]", "image of disks[0]", "another image"),
    Refusal(line: "disks: [{path: a, name: disk1}, {path: b}]", "disks[1]", "name `disk1`", "of its own"),
    Refusal(
      line: "disks: [\((0...16).map { "{path: p\($0)}" }.joined(separator: ", "))]", "disks", "17 elements", "remove 1"),
    Refusal(
      line: "nics: [\((0...8).map { _ in "{}" }.joined(separator: ", "))]", "nics", "9 elements, 8", "remove 1"),
    Refusal(line: "nics: [{ip: 1.2.3.4}]", "nics[0].ip", "unknown key", "did you mean `address`?"),
    Refusal(line: "nics: [{address: 10.0.0}]", "nics[0].address", "not an IPv4", "10.100.0.17"),
    Refusal(line: "nics: [{address: 10.0.0.256}]", "nics[0].address", "not an IPv4", "10.100.0.17"),
    Refusal(line: "nics: [{address: 010.0.0.1}]", "nics[0].address", "not an IPv4", "10.100.0.17"),
    Refusal(line: "nics: [{address: 127.0.0.1}]", "nics[0].address", "not an IPv4", "10.100.0.17"),
    Refusal(line: "nics: [{address: 10.0.0.1}, {address: 10.0.0.1}]", "nics[1]", "address of nics[0]", "of its own"),
    Refusal(line: "nics: [{network: \"a/b\"}]", "nics[0].network", "not a name", "web1"),
    Refusal(line: "restart: {policy: allways}", "restart.policy", "never, onFailure, always", "did you mean `always`?"),
    Refusal(line: "restart: {maxAttempts: 0}", "restart.maxAttempts", "1 to 1000", "1 to 1000"),
    Refusal(line: "restart: {backoff: 2h}", "restart.backoff", "1s to 1h", "5s"),
    Refusal(line: "restart: {backoff: soon}", "restart.backoff", "not a time", "5s"),
  ]

  static let boots = [
    Refusal("name: a\nmemory: 1G\nboot: {initrd: i}", "boot.initrd (line 3)", "needs `kernel`", "boot.kernel"),
    Refusal("name: a\nmemory: 1G\nboot: {cmdline: i}", "boot.cmdline (line 3)", "needs `kernel`", "boot.kernel"),
    Refusal(
      "name: a\nmemory: 1G\nboot: {kernel: k, firmware: bios}", "boot.firmware (line 3)", "exclude each other", "keep"),
    Refusal("name: a\nmemory: 1G\nboot: {kernal: k}", "boot.kernal (line 3)", "unknown key", "`kernel`"),
    Refusal("name: a\nmemory: 1G\nboot: {firmware: efi}", "boot.firmware (line 3)", "bios, uefi", "`uefi`"),
    Refusal(
      "name: a\nmemory: 1G\nboot: {kernel: k, cmdline: \(String(repeating: "x", count: 2048))}", "boot.cmdline",
      "2047 is the most", "shorten"),
    Refusal("name: a\nmemory: 1G\nboot: {kernel: \"a\\tb\"}", "boot.kernel", "control character", "remove"),
    Refusal("name: a\nmemory: 1G\nboot: {kernel: 7}", "boot.kernel", "must be a string", "quotes"),
    Refusal(
      "name: a\nmemory: 1G\nmachine: microvm\nboot: {kernel: k}\ndisks: ["
        + (0..<16).map { "{path: p\($0)}" }.joined(separator: ", ") + "]\nnics: ["
        + (0..<6).map { _ in "{}" }.joined(separator: ", ") + "]", "machine (line 3)", "room for 21", "q35"),
  ]

  @Test(arguments: wholes + lines + boots)
  func theSentenceNamesPlaceRuleAndRemedy(refusal: Refusal) throws {
    let failure = try #require(throws: Failure.self) { try VMSpec.parse(refusal.document, origin: "vm.yaml") }
    #expect(failure.code == .invalid && failure.operation == "read spec")
    #expect(failure.object.hasPrefix("vm.yaml: \(refusal.object)"), "\(failure)")
    #expect(failure.cause.contains(refusal.cause), "\(failure)")
    #expect(failure.remedy.contains(refusal.remedy), "\(failure)")
  }

  @Test func aHugeDocumentIsNotParsed() throws {
    let failure = try #require(throws: Failure.self) { try VMSpec.parse(String(repeating: "a", count: 1 << 21)) }
    #expect(failure.cause.contains("is the most"))
  }

  @Test func rubbishIsRefusedNeverTrapped() {
    var random = SeededRandom("rubbish documents")
    let words = [
      "name", ":", " ", "\n", "- ", "{", "}", "[", "]", "memory", "&a", "*a", "\"", "1G", "#", "|", "\u{0}", "ä",
    ]
    for _ in 0..<2000 {
      let text = (0..<Int.random(in: 1...30, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }
      _ = try? VMSpec.parse(text.joined())
    }
  }

  @Test func aliasesCannotExplode() {
    var text = "a: &a0 [x, x, x, x, x, x, x, x]\n"
    for level in 1...30 {
      text += "b\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 8).joined(separator: ","))]\n"
    }
    #expect(throws: Failure.self) { try VMSpec.parse(text) }
  }
}
