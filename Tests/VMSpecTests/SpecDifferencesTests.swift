import Testing

@testable import VMSpec

/// In what two specifications are not the same.
@Suite struct SpecDifferencesTests {
  private static let spec = VMSpec(name: "a", memory: 1 << 20, boot: .firmware(.bios))

  private static let changes: [(key: String, change: @Sendable (inout VMSpec) -> Void)] = [
    ("name", { $0.name = "b" }), ("labels", { $0.labels = ["a": "b"] }), ("vcpus", { $0.vcpus = 2 }),
    ("memory", { $0.memory = 2 << 20 }), ("boot", { $0.boot = .firmware(.uefi) }),
    ("disks", { $0.disks = [DiskSpec(name: "x", size: 1)] }), ("nics", { $0.nics = [NICSpec()] }),
    ("cloudInit", { $0.cloudInit = CloudInitSpec(userData: "") }), ("strict", { $0.strict = true }),
    ("restart", { $0.restart.policy = .always }), ("display", { $0.display = .vnc }),
  ]

  @Test func theKeyIsNamed() {
    #expect(Self.spec.differences(from: Self.spec) == [])
    for (key, change) in Self.changes {
      var other = Self.spec
      change(&other)
      #expect(Self.spec.differences(from: other) == [key] && other.differences(from: Self.spec) == [key])
    }
  }
}
