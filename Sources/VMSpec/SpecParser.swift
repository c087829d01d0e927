package import Failure

extension VMSpec {
  /// Reads a document in YAML or JSON and checks every rule.
  /// - Parameter origin: name of the file for messages; empty if there is none.
  /// - Throws: `.invalid` with the key path, the line, the rule and the remedy.
  package static func parse(_ text: String, origin: String = "") throws(Failure) -> VMSpec {
    let voice = SpecVoice.document(origin: origin)
    guard text.utf8.count <= SpecLimits.document else {
      throw voice.refusal(
        path: "", line: nil, cause: "it has \(text.utf8.count) bytes, \(SpecLimits.document) is the most",
        remedy: "is this the right file?")
    }
    let node: DocumentNode?
    do throws(DocumentProblem) { node = try DocumentReader.read(text) } catch {
      throw voice.refusal(path: "", line: error.line, column: error.column, cause: error.cause, remedy: error.remedy)
    }
    guard let node, !node.isNothing else {
      throw voice.refusal(path: "", line: nil, cause: "it is empty", remedy: "write at least name, memory and boot")
    }
    return try check(node, voice, isNew: true)
  }

  /// Checks every rule of the document on what did not come as one.
  /// - Parameters:
  ///   - json: its document form, as it is encoded.
  ///   - isNew: whether it is for a VM that is to be made, which has to keep rules that older ones need not.
  package static func check(json: String, _ voice: SpecVoice, isNew: Bool) throws(Failure) -> VMSpec {
    // What is too long for a document that somebody writes is not for us: each part has a limit of its own.
    guard let node = DocumentNode.own(json: json) else {
      throw voice.refusal(
        path: "", line: nil, cause: "its form as a document cannot be read", remedy: "report this defect")
    }
    return try check(node, voice, isNew: isNew)
  }

  private static func check(
    _ node: DocumentNode, _ voice: SpecVoice, isNew: Bool
  ) throws(Failure) -> VMSpec {
    let root = ValueReader(node, path: "", voice: voice)
    let fields = try root.fields(SpecKeys.Root.self)
    let machine = try fields[.machine]?.choice(Machine.self) ?? .q35
    let spec = VMSpec(
      name: try SpecRules.name(fields.required(.name, remedy: "add a line such as `name: web1`")),
      labels: try fields[.labels].map(SpecRules.labels) ?? [:],
      vcpus: try fields[.vcpus]?.integer(SpecLimits.vcpus) ?? 1,
      memory: try fields.required(.memory, remedy: "add a line such as `memory: 512MiB`")
        .size(SpecLimits.memory, operation: Size.mebi, example: "512MiB"),
      machine: machine,
      accel: try fields[.accel]?.choice(AcceleratorRequest.self) ?? .auto,
      boot: try fields[.boot].map(SpecRules.boot) ?? .firmware(.bios),
      disks: try fields[.disks].map(SpecRules.disks) ?? [],
      nics: try fields[.nics].map(SpecRules.nics) ?? [],
      console: try fields[.console]?.bool() ?? true,
      agent: try fields[.agent]?.bool() ?? true,
      restart: try fields[.restart].map(SpecRules.restart) ?? RestartSpec(),
      health: try fields[.health].map(SpecRules.health) ?? HealthSpec(),
      limits: try fields[.limits].map(SpecRules.limits) ?? LimitsSpec(),
      cdroms: try fields[.cdroms].map(SpecRules.cdroms) ?? [],
      display: try fields[.display]?.choice(Display.self) ?? .none,
      cloudInit: try fields[.cloudInit].map(SpecRules.cloudInit),
      strict: try fields[.strict]?.bool() ?? false)
    try SpecRules.whole(spec, fields)
    if isNew { try SpecRules.new(spec, fields) }
    return spec
  }
}
