import Failure
import NodeAPI
import Testing

@testable import CommandLine
@testable import NodeCore
@testable import NodeService
@testable import VMSpec

/// Whoever gave an option, or filled a field, reads its name: never a place in a document that nobody wrote.
@Suite struct OptionWordsTests {
  private let spec = VMSpec(
    name: "w", memory: 1 << 28, boot: .kernel(KernelBoot(kernel: "/k")), disks: [DiskSpec(size: 1 << 20)],
    nics: [NICSpec(forwards: [ForwardSpec(guest: 22, host: 2222)])])

  private func refusal(
    _ fields: [String: String], _ change: (inout VMSpec) -> Void, location: SourceLocation = #_sourceLocation
  ) throws -> Failure {
    var spec = spec
    change(&spec)
    let failure = try #require(throws: Failure.self, sourceLocation: location) {
      try spec.checked("change limits", fields: fields)
    }
    #expect(failure.code == .invalid && failure.operation == "change limits" && !failure.object.contains("line"))
    return failure
  }

  @Test func requestsNameTheirFields() throws {
    #expect(try refusal(LimitsChange.fields) { $0.limits.tasks = 1 }.object == "w: tasks")
    #expect(try refusal(LimitsChange.fields) { $0.limits.cpuWeight = 20_000 }.object == "w: cpu_weight")
    #expect(try refusal(LimitsChange.fields) { $0.disks[0].iops = 100_000_000 }.object == "w: disks.iops")
    let fields = VMDevices.Change.fields
    #expect(try refusal(fields) { $0.disks[0].size = 65 << 40 }.object == "w: size_bytes")
    #expect(try refusal(fields) { $0.disks.append(DiskSpec(name: "a/b", size: 1 << 20)) }.object == "w: name")
    #expect(try refusal(fields) { $0.disks.append(DiskSpec(path: "nbd://x/y")) }.object == "w: path")
    #expect(try refusal(fields) { $0.disks.append(DiskSpec(readonly: true)) }.object == "w")
    #expect(try refusal(fields) { $0.nics.append(NICSpec(network: "a b")) }.object == "w: network")
    #expect(try refusal(fields) { $0.nics.append(NICSpec(address: "10.0.0.300")) }.object == "w: address")
    #expect(try refusal([:]) { $0.limits.tasks = 1 }.object == "w: limits.tasks", "a key of the document at least")
  }

  /// What is wrong with a change of a network is said with the option that has it.
  @Test func everyFieldOfAChangeOfANetworkNamesItsOption() throws {
    let fields = VMPorts.networkFields
    #expect(try refusal(fields) { $0.nics[0].allowedDomains = ["a b"] }.object == "w: allow_domains")
    #expect(try refusal(fields) { $0.nics[0].bandwidth = BandwidthSpec(send: 1) }.object == "w: send_bytes_per_second")
    #expect(
      try refusal(fields) { $0.nics[0].bandwidth = BandwidthSpec(receive: 1) }.object == "w: receive_bytes_per_second")
    let twice = try refusal(fields) { $0.nics[0].forwards.append(ForwardSpec(guest: 23, host: 2222)) }
    #expect(twice.object == "w: open", "\(twice)")
    #expect(twice.naming(NetworkCommand.fields).object == "w: --forward")
    // The request has each of these, and each that takes words or numbers has an option.
    for (field, option) in [
      ("allow_domains", "--allow-domain"), ("allow_addresses", "--allow-address"),
      ("disallow_domains", "--disallow-domain"), ("disallow_addresses", "--disallow-address"), ("open", "--forward"),
      ("close", "--unforward"), ("send_bytes_per_second", "--limit-send"),
      ("receive_bytes_per_second", "--limit-receive"), ("nic", "--nic"),
    ] { #expect(NetworkCommand.fields[field] == option) }
    // Addresses are read one by one.
    for (field, request) in [
      ("allow_addresses", Procurator_Node_V1_NetworkChange.with { $0.allowAddresses = ["10.0.0.300"] }),
      ("disallow_addresses", .with { $0.disallowAddresses = ["10.0.0.1/8"] }),
    ] {
      let failure = try #require(throws: Failure.self) {
        var nic = spec.nics[0]
        try request.apply(to: &nic, [])
      }
      #expect(failure.object.hasSuffix(": " + field) && !failure.remedy.isEmpty, "\(failure)")
    }
  }

  @Test func optionsStandForFields() {
    let failure = Failure(.invalid, operation: "change limits", object: "w: tasks", cause: "c")
    #expect(failure.naming(["tasks": "--tasks"]).object == "w: --tasks")
    #expect(failure.naming(["other": "--other"]) == failure)
    let bare = Failure(.invalid, operation: "s", object: "tasks", cause: "c")
    #expect(bare.naming(["tasks": "--tasks"]) == bare)
  }

  @Test(arguments: [
    ("vcpus: 0", "--vcpus"), ("memory: 1", "--memory"), ("machine: x", "--machine"), ("name: 1", "--name"),
    ("boot: {kernel: k, cmdline: 5}", "--cmdline"), ("nics: [{network: a b}]", "--network"),
  ]) func theSketchOfRunNamesItsOptions(line: String, option: String) throws {
    var keys = ["name: a", "memory: 64MiB", "boot: {kernel: /k}"]
    let key = line.prefix { $0 != ":" }
    keys.removeAll { $0.hasPrefix(key + ":") }
    let failure = try #require(throws: Failure.self) {
      try VMSpec.parse((keys + [line]).joined(separator: "\n"), origin: "the command line")
    }
    #expect(
      SketchOptions.named(failure).object == option && SketchOptions.named(failure).operation == "run", "\(failure)")
  }

  @Test func whatIsMissingIsAnOptionToo() throws {
    let failure = try #require(throws: Failure.self) {
      try VMSpec.parse("name: a\nboot: {kernel: /k}", origin: "the command line")
    }
    #expect("\(SketchOptions.named(failure))" == "cannot run --memory: it is missing; add it, such as --memory 512MiB")
    let other = Failure(.system, operation: "x", object: "a: b", cause: "c")
    #expect(SketchOptions.named(other) == other)
  }

  @Test func anEmptyDocumentIsSaidToBeEmpty() throws {
    let sent = Limiquantix_Node_V1_CreateVMOnNodeRequest.with { $0.documentOrigin = "x.yaml" }
    let failure = try #require(throws: Failure.self) { try sent.vmSpec() }
    #expect(failure.object == "x.yaml: the document" && failure.cause == "it is empty", "\(failure)")
    let nothing = try #require(throws: Failure.self) { try Limiquantix_Node_V1_CreateVMOnNodeRequest().vmSpec() }
    #expect(nothing.cause.contains("the document is empty") && nothing.remedy.contains("name, memory"), "\(nothing)")
  }

  @Test func pathsOfDocumentsAreWhole() throws {
    func create(_ base: String, _ path: String) throws -> VMSpec {
      try Limiquantix_Node_V1_CreateVMOnNodeRequest.with {
        $0.document = "name: a\nmemory: 64MiB\ndisks: [{path: \"\(path)\", size: 10MiB}]"
        $0.baseDirectory = base
      }.vmSpec()
    }
    #expect(try create("/srv", "nbd://127.0.0.1:9/x").disks.first?.path == "/srv/nbd://127.0.0.1:9/x")
    #expect(throws: Failure.self) { try create("", "nbd://127.0.0.1:9/x") }
    #expect(throws: Failure.self) { try create("", "-x") }
    #expect(throws: Failure.self) { try create("srv", "x") }
    #expect(try create("", "/x").disks.first?.path == "/x")
  }

  /// Every path of a document, whether a folder comes with it or not.
  @Test(arguments: [
    ("boot: {kernel: PATH}", "boot.kernel"), ("boot: {kernel: /k, initrd: PATH}", "boot.initrd"),
    ("disks: [{path: PATH}]", "disks[0].path"), ("disks: [{size: 1MiB}, {backing: PATH}]", "disks[1].backing"),
    ("disks: [{size: 1MiB}]\ncdroms: [{path: PATH}]", "cdroms[0].path"),
  ]) func noPathOfADocumentIsRelative(line: String, key: String) throws {
    func create(_ base: String, _ path: String) throws -> VMSpec {
      try Limiquantix_Node_V1_CreateVMOnNodeRequest.with {
        $0.document = "name: a\nmemory: 64MiB\n" + line.replacing("PATH", with: "\"\(path)\"")
        $0.documentOrigin = "x.yaml"
        $0.baseDirectory = base
      }.vmSpec()
    }
    for path in ["images/x.img", "nbd://127.0.0.1:9/x", "-x", "../x", "json:{}"] {
      let failure = try #require(throws: Failure.self) { try create("", path) }
      #expect(failure.code == .invalid && "\(failure)".contains(key) && "\(failure)".contains(path), "\(failure)")
      #expect("\(failure)".contains("is relative") && failure.remedy.contains("base_directory"), "\(failure)")
      let whole = try create("/srv", path)
      #expect(whole.relativePath == nil, "\(whole)")
      for base in ["srv", "./srv", "nbd://x"] { #expect(throws: Failure.self) { try create(base, path) } }
    }
    #expect(try create("", "/x").relativePath == nil)
  }
}
