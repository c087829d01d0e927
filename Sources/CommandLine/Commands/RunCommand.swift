import ArgumentParser
import Failure
import Glibc
import NodeAPI
import NodeClient
import VMSpec

/// `run FILE`, `run --kernel …`
struct RunCommand: NodeCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Create a VM, start it, wait until it runs, and print its name.",
    usage: """
      vmsupervisor run [<file>] [--attach] [--timeout <seconds>]
      vmsupervisor run --kernel <path> [--initrd <path>] [--cmdline <text>] [--memory <size>] …
      """,
    discussion: "Ends with status 124 if the VM did not run in time; the VM stays, and `status` tells its history.")

  @OptionGroup var options: GlobalOptions
  @OptionGroup(title: "Instead of a file") var sketch: SketchOptions
  @Flag(help: "Attach the terminal to the guest's console.") var attach = false
  @Option(help: ArgumentHelp("How long to wait until it runs.", valueName: "seconds")) var timeout: UInt32 = 60
  @Argument(help: "The specification, YAML or JSON; - for standard input.", completion: .file()) var file: String?

  func validate() throws {
    switch (file, sketch.kernel) {
    case (nil, nil): throw ValidationError("What is to run? Name a specification, or a kernel with --kernel.")
    case (.some, .some): throw ValidationError("A specification and --kernel exclude each other.")
    case (.some, nil) where !sketch.isEmpty:
      throw ValidationError(
        "\(sketch.used.joined(separator: ", ")) belong to --kernel; a specification says that itself.")
    case ("-", nil) where attach:
      throw ValidationError("Standard input cannot be both the specification and the console.")
    default: break
    }
  }

  func execute(on node: NodeConnection) async throws -> CommandStatus {
    let created: Limiquantix_Node_V1_VMStatusResponse
    if let file {
      created = try await node.create(try SpecificationSource(file: file), start: true)
    } else {
      do { created = try await node.create(try sketch.source(), start: true) } catch let failure as Failure {
        throw SketchOptions.named(failure)
      }
    }
    try await node.wait(for: created.vmID, states: ["running"], seconds: timeout)
    let status = try await node.call("show VM", created.name) {
      try await node.daemon.getVMStatus(.with { $0.vmID = created.vmID }, options: $0)
    }
    options.remarkWarnings(of: VMView(status))
    if attach {
      return try await ConsoleSession(node: node, vm: created.vmID, quiet: options.quiet).run()
    }
    let view = VMListView(vms: [VMView(status)])
    try options.show(view, table: view.names(), names: view.names())
    return .success
  }
}

/// A VM in a few options, for trying a kernel out. Everything else is written as a specification.
struct SketchOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The kernel image.", valueName: "path"), completion: .file()) var kernel: String?
  @Option(help: ArgumentHelp("The initial RAM file system.", valueName: "path"), completion: .file())
  var initrd: String?
  @Option(help: ArgumentHelp("The kernel's command line.", valueName: "text")) var cmdline: String?
  @Option(help: "The VM's name. Default: vm- and six random digits.") var name: String?
  @Option(help: ArgumentHelp("Memory, such as 256MiB.", valueName: "size")) var memory: String?
  @Option(help: ArgumentHelp("Processors.", valueName: "count")) var vcpus: Int?
  @Option(help: "q35 or microvm.", completion: .list(["q35", "microvm"])) var machine: String?
  @Option(help: "auto, kvm or tcg.", completion: .list(["auto", "kvm", "tcg"])) var accel: String?
  @Option(help: ArgumentHelp("A network to be on; once per card. Default: none.", valueName: "name")) var network:
    [String] = []

  /// Names of the options that were given, without `--kernel`.
  var used: [String] {
    let given: [(String, Bool)] = [
      ("--initrd", initrd != nil), ("--cmdline", cmdline != nil), ("--name", name != nil), ("--memory", memory != nil),
      ("--vcpus", vcpus != nil), ("--machine", machine != nil), ("--accel", accel != nil),
      ("--network", !network.isEmpty),
    ]
    return given.filter(\.1).map(\.0)
  }

  /// Whether none was given.
  var isEmpty: Bool { used.isEmpty }

  /// The specification that the options amount to.
  func source() throws(Failure) -> SpecificationSource {
    let text = try Document.text(specification(name: name ?? Self.inventedName()), .json) ?? ""
    return SpecificationSource(
      document: text, origin: Self.origin, baseDirectory: try SpecificationSource.workingDirectory())
  }

  /// The name that the supervisor has for what the options amount to.
  private static let origin = "the command line"

  /// A refusal of what the options amount to, about the option instead of a place in a document that nobody wrote.
  static func named(_ failure: Failure) -> Failure {
    guard failure.object.hasPrefix(origin + ": ") else { return failure }
    let path = failure.object.dropFirst(origin.count + 2).prefix { $0 != " " && $0 != "[" }
    guard let word = path.split(separator: ".").last else { return failure }
    let option = path.hasPrefix("nics") ? "--network" : "--\(word)"
    var failure = failure
    (failure.operation, failure.object) = ("run", option)
    if failure.cause == "the key is missing" {
      failure.cause = "it is missing"
      failure.remedy = word == "memory" ? "add it, such as --memory 512MiB" : "add it"
    }
    return failure
  }

  /// The same as a value. Keys that were not given are left out, so that the daemon's defaults apply.
  func specification(name: String) -> Sketch {
    Sketch(
      name: name, vcpus: vcpus, memory: memory, machine: machine, accel: accel,
      boot: Sketch.Boot(kernel: kernel, initrd: initrd, cmdline: cmdline),
      nics: network.isEmpty ? nil : network.map { Sketch.NIC(network: $0) })
  }

  private static func inventedName() -> String { "vm-\(Int.random(in: 100_000...999_999))" }
}

/// The part of a specification that the options can express.
struct Sketch: Encodable, Hashable, Sendable {
  var name: String
  var vcpus: Int?
  var memory: String?
  var machine: String?
  var accel: String?
  var boot: Boot
  var nics: [NIC]?

  /// What to boot.
  struct Boot: Encodable, Hashable, Sendable {
    var kernel: String?
    var initrd: String?
    var cmdline: String?
  }

  /// A network card.
  struct NIC: Encodable, Hashable, Sendable {
    var network: String
  }
}
