public import Failure
import Yams

extension VMSpec {
  /// Reads a document in YAML or JSON and checks every rule.
  /// - Parameter origin: name of the file for messages; empty if there is none.
  /// - Throws: `.invalid` with the key path, the line, the rule and the cure.
  public static func parse(_ text: String, origin: String = "") throws(Failure) -> VMSpec {
    let root = ValueReader(try document(text, origin), path: "", line: 1, origin: origin)
    let fields = try root.fields(SpecKeys.Root.self)
    let machine = try fields[.machine]?.choice(Machine.self) ?? .q35
    let spec = VMSpec(
      name: try SpecRules.name(fields.required(.name, cure: "add a line such as `name: web1`")),
      labels: try fields[.labels].map(SpecRules.labels) ?? [:],
      vcpus: try fields[.vcpus]?.integer(SpecLimits.vcpus) ?? 1,
      memory: try fields.required(.memory, cure: "add a line such as `memory: 512MiB`")
        .size(SpecLimits.memory, step: Size.mebi, example: "512MiB"),
      machine: machine,
      accel: try fields[.accel]?.choice(AcceleratorWish.self) ?? .auto,
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
    return spec
  }

  private static func document(_ text: String, _ origin: String) throws(Failure) -> Node {
    guard text.utf8.count <= SpecLimits.document else {
      throw SpecFailure.make(
        path: "", line: nil, origin: origin,
        cause: "it has \(text.utf8.count) bytes, \(SpecLimits.document) is the most", cure: "is this the right file?")
    }
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch {
      let (cause, line) = explain(error)
      throw SpecFailure.make(
        path: "", line: line, origin: origin, cause: cause, cure: "correct the YAML or JSON at that place")
    }
    guard let node else {
      throw SpecFailure.make(
        path: "", line: nil, origin: origin, cause: "it is empty", cure: "write at least name, memory and boot")
    }
    return node
  }

  private static func explain(_ error: any Error) -> (String, Int?) {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      (problem, mark.line)
    case .duplicatedKeysInMapping(let duplicates, let context):
      ("the key \(duplicates.map { "`\($0)`" }.joined(separator: ", ")) is there twice", context.mark.line)
    case .reader(let problem, _, _, _): (problem, nil)
    default: ("\(error)", nil)
    }
  }
}
