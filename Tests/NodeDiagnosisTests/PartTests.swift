import Failure
import Glibc
import Linux
import Testing

@testable import Life
@testable import NodeCore
@testable import NodeDiagnosis
@testable import Storage
@testable import VMSpec

/// A reason belongs to the part that threw it, whatever its words are.
@Suite struct PartTests {
  private static func explained(_ why: Failure) -> Failure.Part? {
    var facts = VMFacts(id: "1", name: "web")
    (facts.desired, facts.state, facts.why) = (.on, .failed, why)
    return Explanation.make(facts).reasons.first?.part
  }

  /// Names that are words of other parts.
  @Test(arguments: ["reports", "policy", "kernel", "seccomp", "record", "netd", "hypervisor", "limit"])
  func aDiskMayHaveAnyName(name: String) throws {
    let missing = try #require(throws: Failure.self) {
      try Failure.of(.disk) { () throws(Failure) in
        _ = try DiskImage.open(DiskSpec(name: name, path: "/nowhere/\(name)"), "/nowhere/\(name)", "disk \(name)")
      }
    }
    #expect(Self.explained(missing) == .disk, "\(missing)")
  }

  @Test func aRefusalForLackOfMemoryIsOfTheLimits() throws {
    let refusal = try #require(
      Admission.decide(
        ResourceRequest(processors: 1, memory: 2 << 30), name: "web", committed: .none,
        capacity: Capacity(processors: 1, memory: 1 << 30)))
    #expect(Self.explained(refusal) == .limit)
  }

  @Test func aMissingLayerOfAStrictVMIsConfinement() {
    let refusal = Failure(.unsupported, operation: "confine hypervisor", object: "landlock", cause: "no such layer")
    #expect(Self.explained(refusal.withRemedy()) == .confinement)
  }

  @Test func roomIsSpaceWhereverItIsMissing() {
    for code in [ENOSPC, EDQUOT] {
      let full = Errno(code).failure("write disk", "/srv/a.raw")
      #expect(Self.explained(full.of(.disk)) == .space)
    }
    #expect(Self.explained(Errno(EIO).failure("write disk", "/srv/a.raw").of(.disk)) == .disk)
  }

  @Test func whoGivesUpIsTheRestartPolicy() {
    let last = Errno(ENOENT).failure("open disk", "/srv/a.raw").of(.disk)
    #expect(Self.explained(LifeCycle.surrender(after: 3, last)) == .restart)
    #expect(Self.explained(LifeCycle.death(.signalled(9), "")) == .process)
    #expect(Self.explained(LifeCycle.hold) == .disk)
  }

  @Test func aNetdThatIsAwayIsNetd() async throws {
    let link = NetdLink(path: "/nowhere/netd.sock")
    let away = await #expect(throws: Failure.self) {
      try await Failure.of(.network) { () async throws(Failure) in try await link.stayConnected() }
    }
    #expect(away.flatMap(Self.explained) == .netd, "\(String(describing: away))")
  }
}
