import Failure
import Testing
import VMSpec

@testable import NodeCore

/// Memory of huge pages: how many there are, and who was promised them.
struct HugePagesTests {
  private static let mebi: UInt64 = 1 << 20
  private static let host = HugePages(size: 2 * mebi, total: 100, free: 60, reserved: 10)

  @Test func whatIsThereCanBeHad() {
    #expect(Self.host.refusal(0, name: "web", committed: .max) == nil)
    #expect(Self.host.refusal(100 * Self.mebi, name: "web", committed: 0) == nil)
    let tooMany = Self.host.refusal(102 * Self.mebi, name: "web", committed: 0)
    #expect(tooMany?.code == .exhausted && tooMany?.object == "web: memoryHugepages")
    #expect(tooMany?.cause == "it needs 51 huge pages of 2 MiB each; the host has 100, of which 50 can be had")
    #expect(tooMany?.remedy.contains("vm.nr_hugepages=101") == true, "\(tooMany?.remedy ?? "")")
    // Those of a VM that has not taken them yet are promised.
    #expect(Self.host.refusal(100 * Self.mebi, name: "web", committed: 101 * Self.mebi)?.code == .exhausted)
    #expect(Self.host.refusal(3 * Self.mebi, name: "web", committed: 0)?.code == .invalid)
    #expect(HugePages.none.refusal(2 * Self.mebi, name: "web", committed: 0)?.cause.contains("the host has 0") == true)
  }

  @Test func theyAreNoneOfTheOthersMemory() {
    let capacity = Capacity(processors: 4, memory: 1 << 30, memoryRatio: 1000, reserve: 0)
    var spec = VMSpec(name: "web", memory: 900 * Self.mebi, boot: .firmware(.bios))
    let plain = ResourceRequest(spec, isEmulated: false)
    #expect(Admission.decide(plain, name: "web", committed: .none, capacity: capacity) == nil)
    let pages = HugePages(size: 2 * Self.mebi, total: 480, free: 480, reserved: 0)
    #expect(Admission.decide(plain, name: "web", committed: .none, capacity: capacity, pages: pages) != nil)
    spec.memoryHugepages = true
    spec.limits.memoryOverhead = 32 * Self.mebi
    let huge = ResourceRequest(spec, isEmulated: false)
    #expect(huge.hugeMemory == spec.memory && huge.memory == 32 * Self.mebi)
    #expect(Admission.decide(huge, name: "web", committed: .none, capacity: capacity, pages: pages) == nil)
    #expect(Admission.decide(huge, name: "db", committed: huge, capacity: capacity, pages: pages)?.code == .exhausted)
  }
}
