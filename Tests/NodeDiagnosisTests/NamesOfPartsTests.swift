import Failure
import Foundation
import IPC
import IPCFrames
import Linux
import Testing
import Text

@testable import Hypervisor
@testable import HypervisorQEMU
@testable import Life
@testable import NodeCore
@testable import NodeDiagnosis
@testable import Storage
@testable import VMSpec

/// What people call their things says nothing of the part that a failure is of: every name here is a word of another one.
@Suite struct NamesOfPartsTests {
  private static func explained(_ why: Failure, name: String = "web") -> [Reason] {
    var facts = VMFacts(id: "1", name: name)
    (facts.desired, facts.state, facts.why) = (.on, .failed, why)
    return Explanation.make(facts).reasons
  }

  private static func part(_ why: Failure, name: String = "web") -> Failure.Part? {
    explained(why, name: name).first?.part
  }

  /// What a start says of the files of a VM, by the code that opens them.
  private static func opened(_ spec: VMSpec) throws -> Failure {
    let folder = "/tmp/pcparts\(UInt32.random(in: 0 ... .max))"
    try Files.makeFolders(folder)
    defer { try? Files.removeFolder(folder) }
    try Files.replace(folder + "/conf", with: Array("[Supervisor]\nFirmwareCode=/nowhere/network/disk.fd\n".utf8))
    let settings = try Settings.load(folder + "/conf")
    let paths = Paths(state: folder, runtime: folder).vm("1")
    return try #require(throws: Failure.self) {
      var resources = Resources()
      try resources.openImages(paths, spec: spec, settings: settings, holders: ImageHolders())
    }
  }

  private static func spec(_ boot: Boot, disks: [DiskSpec] = [], cdroms: [CDROMSpec] = []) -> VMSpec {
    VMSpec(name: "network", memory: 1 << 28, boot: boot, disks: disks, cdroms: cdroms)
  }

  @Test(arguments: ["reports", "port", "network", "monitor", "agent", "kvm", "health", "memory", "image"])
  func aDiskThatCannotBeOpenedIsADisk(name: String) throws {
    let disk = DiskSpec(name: name, path: "/nowhere/\(name).qcow2")
    #expect(Self.part(try Self.opened(Self.spec(.firmware(.bios), disks: [disk])), name: "network") == .disk)
  }

  @Test(arguments: ["disk", "monitor", "netd", "memory-limit", "landlock"])
  func aFileThatTheGuestStartsFromIsAnImage(word: String) throws {
    let path = "/nowhere/\(word)/\(word).img"
    for spec in [
      Self.spec(.kernel(KernelBoot(kernel: path))), Self.spec(.firmware(.uefi)),
      Self.spec(.firmware(.bios), cdroms: [CDROMSpec(name: word, path: path)]),
    ] {
      #expect(Self.part(try Self.opened(spec), name: "disk") == .image)
    }
  }

  @Test func lackOfMemoryIsALimitWhateverTheVMIsCalled() throws {
    for name in ["network", "disk", "hypervisor", "process"] {
      let refusal = try #require(
        Admission.decide(
          ResourceRequest(processors: 1, memory: 2 << 30), name: name, committed: .none,
          capacity: Capacity(processors: 1, memory: 1 << 30)))
      #expect(Self.part(refusal, name: name) == .limit)
    }
    var spec = Self.spec(.firmware(.bios))
    (spec.strict, spec.limits.cpu) = (true, 500)
    let host = HostLimits(tree: nil, isStrict: false, capacity: Capacity(processors: 1, memory: 1 << 30))
    let refusal = try #require(throws: Failure.self) {
      _ = try VMCgroup.prepare(spec, id: "1", images: [], isEmulated: true, in: host)
    }
    #expect(Self.part(refusal) == .limit)
  }

  /// What netd refuses crosses the wire without a part; who asked for a port knows it.
  @Test func aDomainCalledDiskIsTheNetworks() throws {
    let refused = Failure(.invalid, operation: "set policy", object: "disk.kernel.internal", cause: "no such domain")
    var decoder = Decoder(Frame.encodeRefusal(id: 1, verb: Verb.policy.rawValue, refused))
    _ = try Frame.header(&decoder)
    let heard = try Frame.body(Refusal.self, &decoder).failure
    let failure = try #require(throws: Failure.self) {
      try Failure.of(.network) { () throws(Failure) in throw heard }
    }
    #expect(Self.part(failure) == .network)
    let claimant = NameClaims.Claimant(id: "1", name: "wpad", network: "disk")
    let claimed = try #require(NameClaims().refusal(claimant, operation: "attach NIC"))
    #expect(Self.part(claimed) == .network)
  }

  @Test func aLayerThatTheHostDoesNotHaveIsNoSignOfAnAttack() {
    let refusal = Failure(.unsupported, operation: "confine hypervisor", object: "landlock", cause: "no such layer")
    let reasons = Self.explained(refusal.withRemedy().of(.hypervisor)).filter { $0.part == .confinement }
    #expect(reasons.count == 1 && reasons.first?.failure.cause == "no such layer")
    #expect(Self.explained(ForbiddenCallReason.failure("ptrace")).filter { $0.part == .confinement }.count == 2)
  }

  /// What is nearer to the cause counts, not the frame around it.
  @Test func aRecordThatCannotBeWrittenIsNoMatterOfTheNetwork() throws {
    let run = Incarnation(
      token: "1", pid: 1, startTime: 0, startedAt: .distantPast, generation: 1, accelerator: "tcg", handles: [])
    let failure = try #require(throws: Failure.self) {
      try Failure.of(.network) { () throws(Failure) in try RecordStore.write(run, to: "/nowhere/netd/port.json") }
    }
    #expect(Self.part(failure) == .record)
    #expect(Self.part(Errno(EACCES).stateFailure("write record", "/nowhere").of(.network)) == .record)
    #expect(Self.part(Errno(ENOSPC).stateFailure("write record", "/nowhere").of(.network)) == .space)
  }

  @Test func aLifeSaysWhatEndedIt() throws {
    func ended(_ events: [Event]) throws -> Failure.Part? {
      var life = LifeCycle(LifeMemory(state: .running, desired: .on), policy: RestartPolicy(.onFailure))
      for event in events { _ = try life.handle(event, jitter: 0) }
      return life.why.flatMap { Self.part($0) }
    }
    let sick = Failure(.timeout, operation: "check health", cause: "the disk's agent does not answer on its port")
    #expect(try ended([.unhealthy(sick)]) == .health)
    #expect(try ended([.guest(.panicked)]) == .state)
    #expect(try ended([.guest(.shutDown)]) == .state)
    #expect(try ended([.guest(.broken)]) == .hypervisor)
    #expect(try ended([.hypervisorLeaving]) == .process)
    #expect(try ended([.processEnded(.signalled(9), words: "qemu: disk: network kvm limit")]) == .process)
    #expect(try ended([.processEnded(.signalled(31), words: "")]) == .confinement)
    var life = LifeCycle(LifeMemory(state: .starting, desired: .on), policy: RestartPolicy(.never))
    _ = try life.handle(.timer(.start), jitter: 0)
    #expect(life.why.flatMap { Self.part($0) } == .hypervisor)
  }

  @Test func anErrorThatHoldsAGuestIsOfItsDisk() {
    var error = DiskError(device: .disk(0), isWrite: true, hasNoSpace: false, reason: "network")
    for name in ["network", "confinement", "agent"] {
      for (isFull, part) in [(false, Failure.Part.disk), (true, .space)] {
        error.hasNoSpace = isFull
        let reason = HoldReason(error: error, drive: "disk \(name)", path: "/srv/\(name).raw", place: nil)
        #expect(Self.part(reason.failure("web")) == part)
      }
    }
  }

  @Test func anAcceleratorThatIsMissingIsOne() throws {
    let host = HostKVM(hasDescriptor: false, opensByPath: false, hasVirtualization: false)
    let features = QEMUFeatures(version: QEMUVersion(7, 2), hasKVMDevice: false)
    let refusal = try #require(throws: Failure.self) {
      _ = try AcceleratorChoice.choose(.kvm, host: host, features: features.capabilities)
    }
    #expect(Self.part(refusal.of(.hypervisor), name: "process") == .accelerator)
  }

  @Test func anOperationIsOfWhatItChanges() {
    let disk = DiskSpec(name: "network", size: 1 << 20)
    let place = DeviceAddresses.Address(number: 0)
    let operations: [(PendingOperation, Failure.Part)] = [
      (.attachDisk(name: "network"), .disk), (.detachDisk(disk, index: 0, place: place, removes: false), .disk),
      (.resizeDisk(name: "agent", from: nil, to: 1), .disk), (.attachNIC(number: 0), .network),
      (.detachNIC(NICSpec(network: "disk"), index: 0, place: place), .network),
      (.changeMedium(drive: 0, from: "/srv/netd.iso", isForced: false), .image), (.addDrive, .image),
    ]
    for (operation, part) in operations { #expect(operation.part == part) }
  }
}
