import Failure
import IPCPeer
import Linux
import Testing

@testable import Hypervisor
@testable import HypervisorQEMU
@testable import NodeCore
@testable import VMSpec

/// What is decided about a confinement before anything is done, and what is said of its outcome.
@Suite struct ConfinementPlanTests {
  private let files = HypervisorFiles(executable: ["/usr/bin/q", "/lib/ld.so"], readable: ["/lib/c.so"])

  private func plan(
    _ accelerator: Accelerator = .tcg, host: ConfinementPlan.Host = .init(), user: UInt32? = nil, strict: Bool = false,
    initrd: String? = "/i"
  ) -> ConfinementPlan {
    let spec = VMSpec(
      name: "x", memory: 128 << 20, boot: .kernel(KernelBoot(kernel: "/k", initrd: initrd, cmdline: nil)))
    let command = QEMUCommand.plan(
      spec: spec, identity: MachineIdentity(name: "x", uuid: "1"), nics: [], accelerator: accelerator,
      features: QEMUFeatures(version: QEMUVersion(7, 2), hasKVMDevice: false).capabilities, executable: "/usr/bin/q")
    return ConfinementPlan.make(
      files: files, plan: command, accelerator: accelerator, host: host, user: user, strict: strict)
  }

  @Test func aHypervisorIsLeftWithItsOwnFilesOnly() throws {
    var order = LaunchPlan()
    plan().add(to: &order)
    #expect(order.executable == files.executable && order.readable == files.readable)
    #expect(order.devices == ["/dev/null"] && order.profile.isEmpty && order.identity == 0 && order.required.isEmpty)
    #expect(plan(.kvm(.path)).devices == ["/dev/null", "/dev/kvm"])
    #expect(plan(.kvm(.descriptor)).devices == ["/dev/null"])
    // Kernel and initial RAM file system, by the numbers that the command line says.
    #expect(order.reopened.count == 2 && plan(initrd: nil).reopened.count == 1)
  }

  @Test func whatTheHostHasIsExpected() {
    let always: [LaunchLayer] = [
      .noNewPrivileges, .boundingSet, .userNamespace, .networkNamespace, .landlock, .systemCalls,
    ]
    #expect(plan().expected == always && plan().profile.isEmpty)
    let armoured = plan(host: .init(hasAppArmor: true, hasUsers: true), user: 100_000)
    #expect(armoured.expected == always + [.subordinateUser, .appArmor])
    #expect(armoured.profile == "procurator-vm" && armoured.user == 100_000)
    var order = LaunchPlan()
    plan(strict: true).add(to: &order)
    #expect(order.required == always.map(\.rawValue))
  }

  @Test func aUserOfItsOwnHasToReachWhatIsOpenedAgain() {
    #expect(ConfinementPlan.canChangeUser(.tcg, imagesAreReadable: true))
    #expect(ConfinementPlan.canChangeUser(.kvm(.descriptor), imagesAreReadable: true))
    #expect(!ConfinementPlan.canChangeUser(.tcg, imagesAreReadable: false))
    #expect(!ConfinementPlan.canChangeUser(.kvm(.path), imagesAreReadable: true))
  }

  @Test func aMissingLayerIsAWarningWithARemedy() {
    var report = LaunchReport()
    report.layers = [
      LayerState(.landlock, on: true, "ABI 7"), LayerState(.userNamespace, on: false, "Operation not permitted"),
    ]
    let expected: [LaunchLayer] = [.landlock, .userNamespace, .systemCalls]
    let layers = [ConfinementLayer](report, expected: expected)
    #expect(layers.filter(\.isOn).map(\.words) == ["landlock (ABI 7)"])
    let warnings = layers.warnings(expected: expected).map(\.sentence)
    #expect(warnings.count == 2)
    #expect(warnings[0].hasPrefix("confined without user-namespace: Operation not permitted; allow user namespaces"))
    #expect(warnings[1].hasPrefix("confined without seccomp: it was not tried; "))
    #expect(layers.warnings(expected: [.landlock]).isEmpty)
  }

  @Test func everyLayerHasACureAndARefusalNamesIt() {
    for layer in LaunchLayer.allCases {
      #expect(!layer.remedy.isEmpty)
      let refusal = Failure(.unsupported, operation: "confine hypervisor", object: layer.name, cause: "x").withRemedy()
      #expect(refusal.remedy.hasPrefix(layer.remedy) && refusal.remedy.contains("--strict"))
    }
    let other = Failure(.system, operation: "place descriptors", object: "landlock", cause: "x")
    #expect(other.withRemedy() == other)
  }
}

/// Users for hypervisors.
@Suite struct SubordinateUserTests {
  @Test func rangesAreRead() {
    let text = "root:100000:65536\nprocurator:200000:10\n998:300000:1\n# x\nprocurator:x:1\nprocurator:1\n:5:5\n"
    func ranges(_ text: String) -> [ClosedRange<UInt32>] {
      SubordinateRange.parse(text, name: "procurator", uid: 998)
    }
    #expect(ranges(text) == [200_000...200_009, 300_000...300_000])
    // Nobody gets user 0, the overflow of the numbers, or (uid_t) -1.
    #expect(ranges("procurator:0:5\nprocurator:4294967290:10\nprocurator:4294967294:2\nprocurator:5:0").isEmpty)
    #expect(SubordinateRange.common([10...20, 40...50], [45...60, 15...16]) == [15...16, 45...50])
    #expect(SubordinateRange.common([10...20], [21...30]).isEmpty)
  }

  @Test func twoVMsNeverShare() {
    let users = SubordinateUsers([10...11, 20...20])
    #expect(users.exist && !SubordinateUsers([]).exist)
    users.remember(11, of: "adopted")
    #expect(users.user(of: "a") == 10 && users.user(of: "a") == 10)
    #expect(users.user(of: "b") == 20)
    #expect(users.user(of: "c") == nil)
    users.forget("a")
    #expect(users.user(of: "c") == 10)
  }
}
