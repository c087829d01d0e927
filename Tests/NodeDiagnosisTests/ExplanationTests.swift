import Failure
import Foundation
import IPC
import Testing

@testable import Life
@testable import NodeCore
@testable import NodeDiagnosis
@testable import Storage

@Suite struct ExplanationTests {
  private static func running() -> VMFacts {
    var facts = VMFacts(id: "1", name: "web")
    (facts.desired, facts.state, facts.secondsInState) = (.on, .running, 300)
    facts.process = VMFacts.Process(pid: 42, seconds: 300, accelerator: "kvm", answers: true)
    facts.agent = .answers
    facts.ports = [
      VMFacts.Port(
        nic: 0, network: "default", tap: "pcr0-2", bridge: "br-procurator", state: .active,
        link: .plugged(into: "br-procurator", isUp: true), used: 1, most: 253)
    ]
    facts.spaces = [
      FileSystemSpace(
        what: "state", path: "/var", freeBytes: 50 << 30, totalBytes: 100 << 30, freeFiles: 1000, totalFiles: 2000)
    ]
    return facts
  }

  private static func failed(_ why: Failure) -> VMFacts {
    var facts = VMFacts(id: "1", name: "web")
    (facts.desired, facts.state, facts.why) = (.on, .failed, why)
    return facts
  }

  private static func finding(_ kind: FindingKind, _ interface: String, _ detail: String) -> Audit.Finding {
    var finding = Audit.Finding()
    (finding.kind, finding.interface, finding.detail) = (kind, interface, detail)
    return finding
  }

  @Test func saysThatNothingIsWrong() {
    let explanation = Explanation.make(Self.running())
    #expect(explanation.verdict == .healthy)
    #expect(explanation.reasons.isEmpty)
    #expect(explanation.summary == "web runs, and nothing is wrong with it")
    #expect(explanation.desired == "running")
    #expect(explanation.observed == "running for 5m00s, pid 42 on kvm")
  }

  @Test func aVMThatNobodyWantsIsOff() {
    var facts = VMFacts(id: "1", name: "web")
    #expect(Explanation.make(facts).verdict == .off)
    #expect(Explanation.make(facts).summary == "web was never started")
    facts.state = .stopped
    facts.hypervisor = Failure(
      .notFound, operation: "run hypervisor", object: "/usr/bin/qemu", cause: "No such file", remedy: "install it",
      errno: 2)
    let explanation = Explanation.make(facts)
    #expect(explanation.verdict == .off)
    #expect(explanation.summary == "web is stopped, as wanted; a start would fail now: No such file")
    #expect(explanation.reasons.map(\.part) == [.hypervisor])
  }

  @Test func theFailureComesFirstAndIsSaidOnce() {
    let why = Failure(
      .notFound, part: .disk, operation: "open disk root", object: "/img", cause: "No such file or directory",
      remedy: "create it", errno: 2
    )
    var facts = Self.failed(why)
    facts.files = [
      Reason(
        .blocks, .disk,
        Failure(
          .notFound, operation: "open disk root", object: "/img", cause: "it does not exist", remedy: "create it",
          errno: 2))
    ]
    let explanation = Explanation.make(facts)
    #expect(explanation.verdict == .blocked)
    #expect(explanation.reasons == [Reason(.blocks, .disk, why)])
    #expect(explanation.summary == "web should run and is failed: No such file or directory")
  }

  @Test func saysWhenTheObstacleIsGone() {
    let explanation = Explanation.make(
      Self.failed(Failure(.system, operation: "keep running", cause: "the guest's kernel panicked")))
    #expect(explanation.reasons.map(\.weight) == [.blocks, .note])
    #expect(explanation.reasons.last?.failure.remedy == "start it: vmsupervisor start web")
    #expect(explanation.reasons.last?.failure.cause.contains("stands in the way") == false)
  }

  @Test func aSeccompKillIsConfinement() {
    for why in [ForbiddenCallReason.failure("ptrace"), LifeCycle.death(.signalled(31), "")] {
      let explanation = Explanation.make(Self.failed(why))
      #expect(explanation.verdict == .blocked)
      #expect(explanation.reasons.first?.part == .confinement)
      #expect(explanation.summary.contains(why.cause))
    }
  }

  @Test func namesTheRestartThatIsWaitedFor() {
    var facts = Self.failed(Failure(.system, operation: "keep running", cause: "it crashed"))
    facts.restart = .waits(attempt: 3, seconds: 12)
    #expect(Explanation.make(facts).verdict == .waiting)
    #expect(Explanation.make(facts).summary == "web has ended and is started again in 12s, attempt 3: it crashed")
    facts.restart = .gaveUp
    let explanation = Explanation.make(facts)
    #expect(explanation.verdict == .blocked)
    #expect(explanation.reasons.map(\.part) == [.process, .restart])
  }

  @Test func aPortThatNobodyHoldsIsCutOff() {
    for (state, link) in [
      (PortState.kept, LinkFacts.Link.missing), (.active, .missing), (.releasing, .unknown), (.active, .unplugged),
      (.active, .plugged(into: "br-procurator", isUp: false)),
    ] {
      var facts = Self.running()
      (facts.ports[0].state, facts.ports[0].link) = (state, link)
      let explanation = Explanation.make(facts)
      #expect(explanation.verdict == .weakened)
      #expect(explanation.reasons.count == 1)
      #expect(explanation.reasons.first?.failure.cause.hasPrefix("NIC 0 is cut off: ") == true)
      #expect(explanation.reasons.first?.failure.remedy.isEmpty == false)
    }
  }

  @Test func aBridgeThatCannotBeMadeIsNamed() {
    let broken = Self.finding(.broken, "br-procurator", "cannot make bridge: File exists")
    var facts = Self.running()
    facts.findings = [broken]
    #expect(Explanation.make(facts).reasons.first?.failure.object == "br-procurator")
    facts.findings = [Self.finding(.broken, "br-second", "")]
    #expect(Explanation.make(facts).verdict == .healthy)
    facts = Self.failed(Failure(.system, operation: "attach port", cause: "x"))
    facts.ports = Self.running().ports
    facts.findings = [broken]
    #expect(Explanation.make(facts).reasons.filter { $0.weight == .blocks }.count == 2)
  }

  @Test func aFullNetworkBlocksOnlyWhoHasNoPortYet() {
    var facts = VMFacts(id: "1", name: "web")
    facts.ports = [VMFacts.Port(nic: 0, network: "default", used: 2, most: 2)]
    let explanation = Explanation.make(facts)
    #expect(explanation.reasons.first?.failure.cause == "all of its 2 ports are taken")
    #expect(explanation.reasons.first?.failure.remedy.contains("Shards=") == true)
    facts.ports[0].tap = "pcr0-2"
    #expect(Explanation.make(facts).reasons.isEmpty)
  }

  @Test func aForeignFirewallWeakens() {
    var facts = Self.running()
    facts.findings = [Self.finding(.blocked, "ip filter FORWARD", "iptables -I FORWARD …")]
    #expect(Explanation.make(facts).verdict == .weakened)
    #expect(Explanation.make(facts).reasons.first?.failure.remedy == "iptables -I FORWARD …")
  }

  @Test func nobodyIsSentToWhereHeIs() {
    var facts = VMFacts(id: "1", name: "web")
    (facts.state, facts.desired, facts.hypervisorLogPath) = (.failed, .on, "/var/log/web.log")
    var life = LifeCycle(LifeMemory(state: .running, desired: .on))
    _ = try? life.handle(.processEnded(.signalled(11), words: ""), jitter: 0)
    life.nameItself("web")
    #expect(life.why?.remedy == "see the end of the hypervisor's log: vmsupervisor explain web")
    facts.why = life.why
    #expect(
      Explanation.make(facts).reasons.first?.failure.remedy.hasPrefix("the hypervisor has written nothing") == true)
    facts.hypervisorLog = ["qemu: a word"]
    #expect(Explanation.make(facts).reasons.first?.failure.remedy == "see the hypervisor's log, /var/log/web.log")
  }

  @Test func anAgentThatHasEndedIsNoneThatNeverWas() {
    var facts = Self.running()
    facts.agent = .gone
    let reason = Explanation.make(facts).reasons.first
    #expect(reason?.part == .agent && reason?.weight == .weakens)
    #expect(reason?.failure.cause.contains("has ended") == true)
  }

  @Test func aSilentAgentIsNamed() {
    var facts = Self.running()
    facts.agent = .absent
    #expect(Explanation.make(facts).reasons.first?.part == .agent)
    #expect(Explanation.make(facts).verdict == .weakened)
    facts.process?.seconds = 5
    #expect(Explanation.make(facts).verdict == .healthy)
    #expect(Explanation.make(facts).reasons.first?.weight == .note)
    facts.agent = .silent(Failure(.timeout, operation: "ask the guest agent", cause: "no answer"))
    #expect(Explanation.make(facts).verdict == .weakened)
  }

  @Test func fullDisksBlockAndScarceOnesAreNoted() {
    var facts = VMFacts(id: "1", name: "web")
    facts.spaces = [
      FileSystemSpace(
        what: "state", path: "/var", freeBytes: 1 << 20, totalBytes: 100 << 30, freeFiles: 1000, totalFiles: 2000)
    ]
    #expect(Explanation.make(facts).reasons.first?.weight == .blocks)
    #expect(Explanation.make(facts).reasons.first?.failure.cause == "the file system of state is full: 1M of 100G free")
    facts.spaces[0].freeBytes = 2 << 30
    #expect(Explanation.make(facts).reasons.first?.weight == .note)
    facts.spaces[0].freeBytes = 50 << 30
    facts.spaces[0].freeFiles = 3
    #expect(Explanation.make(facts).reasons.first?.weight == .blocks)
    facts.spaces[0] = FileSystemSpace(
      what: "runtime", path: "/run", freeBytes: 60 << 20, totalBytes: 100 << 20, freeFiles: 0, totalFiles: 0)
    #expect(Explanation.make(facts).reasons.isEmpty)
  }

  @Test func warningsAreReasonsWithTheirPart() {
    var facts = Self.running()
    // The part is said, not read out of the words.
    facts.warnings = [
      Warning(id: "accelerator", part: .accelerator, cause: "running on TCG, far slower than KVM: x"),
      Warning(id: "limit.memory", part: .limit, cause: "no limit of memory: the group is not delegated to the user"),
      Warning(id: "layer.landlock", part: .confinement, cause: "no Landlock: the kernel has none"),
      Warning(id: "image.disk", part: .image, cause: "/srv/kvm-limit-health.qcow2 was deleted; by somebody"),
    ]
    #expect(Explanation.make(facts).verdict == .weakened)
    #expect(Explanation.make(facts).reasons.map(\.part) == [.accelerator, .limit, .confinement, .image])
    facts.warnings = [
      Warning(id: "limit.memory", part: .limit, cause: "it is not delegated", remedy: "set Delegate=yes; restart")
    ]
    #expect(Explanation.make(facts).reasons.first?.failure.remedy == "set Delegate=yes; restart")
  }

  @Test func twoTroublesOfOnePartAreTwo() {
    var facts = Self.running()
    facts.warnings = [
      Warning(id: "monitor", part: .process, cause: "the monitor does not answer: timeout"),
      Warning(id: "screen", part: .process, cause: "nobody can look at its screen: refused"),
    ]
    #expect(Explanation.make(facts).reasons.map(\.failure.cause) == facts.warnings.map(\.cause))
  }

  @Test func troubleIsTheHeadlineAndWeaknessIsNot() {
    var facts = Self.running()
    facts.warnings = [
      Warning(
        id: "accelerator", part: .accelerator, cause: "running on TCG, far slower than KVM: x", remedy: "install y",
        isLasting: true),
      Warning(id: "limit.memory", part: .limit, cause: "no limit of memory: z", isLasting: true),
    ]
    let weak = Explanation.make(facts)
    #expect(weak.verdict == .weakened)
    #expect(weak.reasons.map(\.weight) == [.lasting, .lasting])
    #expect(
      weak.summary == "web is running, and nothing has happened to it; its host could do better by it: "
        + "running on TCG, far slower than KVM; no limit of memory (vmsupervisor doctor)")
    facts.unhealthy = Failure(.state, operation: "check health", object: "web", cause: "port 80 is closed")
    let troubled = Explanation.make(facts)
    #expect(troubled.summary == "web is running, but port 80 is closed")
    #expect(troubled.reasons.map(\.weight) == [.weakens, .lasting, .lasting])
  }

  @Test func netdMattersOnlyToWhoHasANIC() {
    var facts = Self.running()
    facts.netd = Failure(
      .unavailable, operation: "reach netd", object: "/run/x", cause: "Connection refused", remedy: "start it")
    #expect(Explanation.make(facts).reasons.map(\.part) == [.netd])
    facts.ports = []
    #expect(Explanation.make(facts).verdict == .healthy)
  }

  /// Images that are put back in part are good for nothing, and that is why a VM does not start.
  @Test func snapshotsThatAreNotFinishedAreSaid() {
    var facts = VMFacts(id: "id", name: "web")
    facts.state = .stopped
    facts.desired = .on
    facts.images = Failure(.state, part: .disk, operation: "start", object: "web", cause: "half put back")
    facts.snapshots = [Failure(.state, part: .disk, operation: "delete snapshot", object: "web: a", cause: "half gone")]
    let explanation = Explanation.make(facts)
    #expect(explanation.verdict == .blocked && explanation.summary.contains("half put back"))
    #expect(explanation.reasons.contains { $0.weight == .note && $0.failure.cause == "half gone" })
  }
}
