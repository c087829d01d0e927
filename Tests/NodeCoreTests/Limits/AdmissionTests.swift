import Failure
import Seeded
import Testing

@testable import Hypervisor
@testable import NodeCore
@testable import Text
@testable import VMSpec

@Suite struct AdmissionTests {
  private static let gibi: UInt64 = 1 << 30

  private static func spec(memory: UInt64, vcpus: Int = 1, _ limits: LimitsSpec = LimitsSpec()) -> VMSpec {
    VMSpec(
      name: "web1", vcpus: vcpus, memory: memory, boot: .kernel(KernelBoot(kernel: "/k")), limits: limits)
  }

  @Test func aRefusalSaysAllNumbers() throws {
    let capacity = Capacity(processors: 8, memory: 16 * Self.gibi)
    let refusal = try #require(
      Admission.decide(
        ResourceRequest(processors: 1, memory: 4 * Self.gibi), name: "web1",
        committed: ResourceRequest(processors: 3, memory: 12 * Self.gibi), capacity: capacity))
    #expect(refusal.code == .exhausted)
    #expect(
      "\(refusal)" == """
        cannot start web1: 12 GiB committed of 15.5 GiB usable (16 GiB × 1.0 − 512 MiB reserve), needs 4 GiB; stop other \
        VMs, give it less memory, or raise OvercommitMemory=
        """)
    let cpu = try #require(
      Admission.decide(
        ResourceRequest(processors: 4, memory: 1), name: "web1", committed: ResourceRequest(processors: 30, memory: 0),
        capacity: capacity
      ))
    #expect(cpu.cause == "30 vCPUs committed of 32 usable (8 × 4.0), needs 4")
    #expect(cpu.remedy.contains("OvercommitCPU="))
  }

  @Test func whatCanNeverFitIsInvalid() {
    let capacity = Capacity(processors: 2, memory: 8 * Self.gibi)
    let all = ResourceRequest(processors: 9, memory: 1)
    #expect(Admission.decide(all, name: "a", committed: .none, capacity: capacity)?.code == .invalid)
    let huge = ResourceRequest(processors: 1, memory: .max)
    #expect(Admission.decide(huge, name: "a", committed: .none, capacity: capacity)?.code == .invalid)
    #expect(
      Admission.decide(ResourceRequest(processors: 8, memory: 1), name: "a", committed: .none, capacity: capacity)
        == nil)
  }

  /// Against the rule in plain arithmetic, at the edges too: nothing traps, nothing is promised twice.
  @Test func admissionIsTheRule() {
    var random = SeededRandom("admissionIsTheRule")
    for _ in 0..<20_000 {
      let edges: [UInt64] = [0, 1, .max, .max - 1, 1 << 30, 1 << 40]
      func bytes() -> UInt64 {
        Bool.random(using: &random)
          ? edges.randomElement(using: &random) ?? 0 : .random(in: 0...(1 << 44), using: &random)
      }
      func count() -> Int { [0, 1, .max, .random(in: 0...512, using: &random)].randomElement(using: &random) ?? 0 }
      let capacity = Capacity(
        processors: count(), memory: bytes(), processorRatio: .random(in: 100...1_000_000, using: &random),
        memoryRatio: .random(in: 100...1_000_000, using: &random), reserve: bytes())
      let request = ResourceRequest(processors: count(), memory: bytes())
      let committed = ResourceRequest(processors: count(), memory: bytes())
      let product = Double(capacity.memory) * Double(capacity.memoryRatio) / 1000
      let exact = product - Double(capacity.reserve)
      let usable = capacity.usableMemory
      if product < 1e18 { #expect(abs(Double(usable) - max(0, exact)) <= max(2, exact / 1e12)) }
      let fits =
        (committed.memory.addingReportingOverflow(request.memory).overflow
          ? false : committed.memory + request.memory <= usable)
        && (committed.processors.addingReportingOverflow(request.processors).overflow
          ? false : committed.processors + request.processors <= capacity.usableProcessors)
      let refusal = Admission.decide(request, name: "a", committed: committed, capacity: capacity)
      #expect((refusal == nil) == fits)
    }
  }

  /// Whatever comes in whatever order: the sum of those admitted is what may be promised at most, and all of it comes back.
  @Test func allocationsAddUp() {
    var random = SeededRandom("commitmentsAddUp")
    for _ in 0..<200 {
      let capacity = Capacity(processors: 4, memory: 8 * Self.gibi)
      let allocations = Allocations(capacity: capacity)
      var model: [String: ResourceRequest] = [:]
      for _ in 0..<200 {
        let id = "vm\(Int.random(in: 0..<12, using: &random))"
        if Bool.random(using: &random) {
          let request = ResourceRequest(
            processors: .random(in: 1...6, using: &random), memory: .random(in: 1...(3 * Self.gibi), using: &random))
          do throws(Failure) {
            try allocations.admit(id, name: id, request)
            model[id] = request
          } catch {
            // It keeps what it had.
          }
        } else {
          allocations.release(id)
          model[id] = nil
        }
        let sum = model.values.reduce(ResourceRequest.none, +)
        #expect(allocations.total == sum)
        #expect(sum.memory <= capacity.usableMemory && sum.processors <= capacity.usableProcessors)
      }
      for id in model.keys { allocations.release(id) }
      #expect(allocations.total == .none)
    }
  }

  @Test func theAllowanceCountsWhatAHypervisorNeeds() {
    let mebi: UInt64 = 1 << 20
    let small = Self.spec(memory: 128 * mebi)
    #expect(MemoryAllowance.bytes(small, isEmulated: false) == (64 + 2 + 8) * mebi)
    #expect(MemoryAllowance.bytes(small, isEmulated: true) == (64 + 2 + 8 + 64 + 4) * mebi)
    #expect(MemoryAllowance.bytes(Self.spec(memory: 8 << 30), isEmulated: true) >= 1024 * mebi)
    #expect(
      MemoryAllowance.bytes(Self.spec(memory: 1 << 30, LimitsSpec(memoryOverhead: 5 * mebi)), isEmulated: true) == 5
        * mebi)
    // More of anything never needs less.
    var random = SeededRandom("theAllowanceCountsWhatAHypervisorNeeds")
    for _ in 0..<2000 {
      let memory = UInt64.random(in: 16...(1 << 20), using: &random) * mebi
      let one = Self.spec(memory: memory, vcpus: .random(in: 1...255, using: &random))
      var more = one
      more.vcpus += 1
      more.memory += 64 * mebi
      more.disks = [DiskSpec(size: 1 << 30)]
      for isEmulated in [false, true] {
        #expect(
          MemoryAllowance.bytes(more, isEmulated: isEmulated) > MemoryAllowance.bytes(one, isEmulated: isEmulated))
        #expect(MemoryAllowance.limit(one, isEmulated: isEmulated) > one.memory)
      }
      #expect(TranslationCache.size(guestMemory: memory) % mebi == 0)
      #expect((64...1024).contains(TranslationCache.size(guestMemory: memory) / mebi))
    }
  }

  @Test func amountsAreReadable() {
    #expect(Amount.text(0) == "0 bytes")
    #expect(Amount.text(12 * Self.gibi) == "12 GiB")
    #expect(Amount.text(31 * Self.gibi / 2) == "15.5 GiB")
    #expect(Amount.text(512 << 20) == "512 MiB")
    #expect(Amount.text(.max) == "15.9 EiB")
    #expect(Thousandths.ratio(4000) == "4.0")
    #expect(Thousandths.ratio(1250) == "1.25")
  }
}
