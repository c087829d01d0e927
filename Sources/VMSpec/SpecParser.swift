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
    return try read(node, voice)
  }

  private static func read(_ node: DocumentNode, _ voice: SpecVoice) throws(Failure) -> VMSpec {
    let root = ValueReader(node, path: "", voice: voice)
    let fields = try root.fields(SpecKeys.Root.self)
    let machine = try fields[.machine]?.choice(MachineType.self) ?? .q35
    let spec = VMSpec(
      name: try fields.required(.name, remedy: "add a line such as `name: web1`").string(Rules.name),
      labels: try fields[.labels].map(SpecReading.labels) ?? [:],
      vcpus: try fields[.vcpus]?.integer(Rules.vcpus) ?? 1,
      memory: try fields.required(.memory, remedy: "add a line such as `memory: 512MiB`")
        .size(Rules.memory),
      memoryHugepages: try fields[.memoryHugepages]?.bool() ?? false,
      machine: machine,
      accel: try fields[.accel]?.choice(AcceleratorRequest.self) ?? .auto,
      boot: try fields[.boot].map(SpecReading.boot) ?? .firmware(.bios),
      bootOrder: try fields[.bootOrder].map(SpecReading.bootOrder) ?? [],
      guestOs: try fields[.guestOs]?.choice(GuestOS.self),
      disks: try fields[.disks].map(SpecReading.disks) ?? [],
      nics: try fields[.nics].map(SpecReading.nics) ?? [],
      console: try fields[.console]?.bool() ?? true,
      agent: try fields[.agent]?.bool() ?? true,
      restart: try fields[.restart].map(SpecReading.restart) ?? RestartSpec(),
      health: try fields[.health].map(SpecReading.health) ?? HealthSpec(),
      limits: try fields[.limits].map(SpecReading.limits) ?? LimitsSpec(),
      cdroms: try fields[.cdroms].map(SpecReading.cdroms) ?? [],
      display: try fields[.display]?.choice(Display.self) ?? .none,
      vncPort: try fields[.vncPort]?.integer(Rules.vncPort),
      cloudInit: try fields[.cloudInit].map(SpecReading.cloudInit),
      strict: try fields[.strict]?.bool() ?? false)
    do throws(SpecProblem) { try spec.validate(isNew: true) } catch { throw voice.refusal(error, in: node) }
    return spec
  }
}
