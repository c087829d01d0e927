import Failure
import NodeAPI
import Testing

@testable import vmsupervisor

/// The contract's own message becomes a document of ours, under the same rules, or is refused.
@Suite struct SpecMappingTests {
  private func request(
    _ change: (inout Limiquantix_Node_V1_VMSpec) -> Void
  ) -> Limiquantix_Node_V1_CreateVMOnNodeRequest {
    .with {
      $0.name = "web"
      $0.labels = ["tier": "front"]
      $0.spec.cpuCores = 2
      $0.spec.memoryMib = 512
      $0.spec.disks = [.with { $0.sizeGib = 1 }]
      change(&$0.spec)
    }
  }

  @Test func whatWeHaveIsTaken() throws {
    let spec = try request { $0.nics = [.with { $0.network = "default" }] }.vmSpec()
    #expect(spec.vcpus == 2 && spec.memory == 512 << 20 && spec.labels == ["tier": "front"])
    #expect(spec.disks.first?.size == 1 << 30 && spec.nics.first?.network == "default")
  }

  @Test func whatWeDoNotHaveIsRefused() {
    let changes: [(inout Limiquantix_Node_V1_VMSpec) -> Void] = [
      { $0.memoryHugepages = true }, { $0.cdroms = [.init()] }, { $0.bootOrder = [.network] },
      { $0.disks[0].poolID = "p" }, { $0.disks[0].bus = .ide }, { $0.nics = [.with { $0.bridge = "br0" }] },
    ]
    for change in changes {
      #expect(throws: Failure.self) { try request(change).vmSpec() }
    }
  }

  @Test func absurdNumbersAreRefusedNotCut() {
    let changes: [(inout Limiquantix_Node_V1_VMSpec) -> Void] = [
      {
        $0.cpuCores = .max
        $0.cpuSockets = .max
        $0.cpuThreadsPerCore = .max
      },
      { $0.memoryMib = 1 << 44 | 512 }, { $0.memoryMib = .max }, { $0.disks[0].sizeGib = 1 << 34 | 1 },
      { $0.disks[0].sizeGib = .max },
    ]
    for change in changes {
      let failure = #expect(throws: Failure.self) { try request(change).vmSpec() }
      #expect(failure?.code == .invalid)
    }
  }
}
