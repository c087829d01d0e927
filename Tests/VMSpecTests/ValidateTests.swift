import Failure
import Testing

@testable import VMSpec

/// The rules of values that were never part of a document.
@Suite struct ValidateTests {
  private static let good = VMSpec(
    name: "a", memory: 64 << 20, boot: .kernel(KernelBoot(kernel: "/k")), disks: [DiskSpec(name: "root", path: "/d")],
    nics: [NICSpec()])

  private func problem(_ change: (inout VMSpec) -> Void) throws -> SpecProblem {
    var spec = Self.good
    change(&spec)
    return try #require(throws: SpecProblem.self) { try spec.validate() }
  }

  @Test func whatIsRightIsRight() throws { try Self.good.validate(isNew: true) }

  @Test func problemsHaveTheirPlaceAndRule() throws {
    let cases: [(String, String, (inout VMSpec) -> Void)] = [
      ("vcpus", "from 1 to 256, not `0`", { $0.vcpus = 0 }), ("memory", "16MiB", { $0.memory = 1 << 20 }),
      ("name", "is not a name", { $0.name = "1" }), ("labels.k", "255 is the most", { $0.labels = ["k": Self.long] }),
      ("disks[0].size", "multiple of 512", { $0.disks[0].size = (1 << 20) + 1 }),
      ("disks[1]", "image of disks[0]", { $0.disks.append(DiskSpec(path: "/d")) }),
      ("nics[0].address", "not an IPv4", { $0.nics[0].address = "10.0.0.256" }),
      ("nics[0].allowedDomains[0]", "not a domain", { $0.nics[0].allowedDomains = ["-"] }),
      ("nics[0].forwards[0].guest", "from 1 to 65535", { $0.nics[0].forwards = [ForwardSpec(guest: 0)] }),
      ("health.port", "missing", { $0.health = HealthSpec(check: .tcp) }),
      ("health.command", "empty", { $0.health = HealthSpec(check: .exec) }),
      ("limits.tasks", "16 to 65536", { $0.limits.tasks = 1 }), ("limits.cpu", "0.01", { $0.limits.cpu = 1 }),
      ("restart.maxBackoff", "shorter", { $0.restart = RestartSpec(backoff: 9, maxBackoff: 5) }),
      (
        "machine", "room for 21",
        { spec in
          spec.machine = .microvm
          spec.disks = (0..<16).map { DiskSpec(path: "/\($0)") }
          spec.nics = (0..<6).map { _ in NICSpec() }
        }
      ),
    ]
    for (place, cause, change) in cases {
      let problem = try problem(change)
      #expect(problem.place.text == place && problem.cause.contains(cause), "\(place): \(problem)")
    }
  }

  private static let long = String(repeating: "v", count: 256)

  /// A change keeps domains as a document does.
  @Test func listsAreSettled() throws {
    var spec = Self.good
    spec.nics[0].allowedDomains = ["Example.COM", "example.com"]
    #expect(try spec.checked("change", fields: [:]).nics[0].allowedDomains == ["example.com"])
  }
}
