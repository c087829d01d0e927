import Failure

/// Why a VM is as it is: from what its owner wants to what stands in the way.
struct Explanation: Hashable, Sendable {
  /// The answer in one word.
  enum Verdict: String, CaseIterable, Sendable {
    /// It runs, and nothing is known that could be better.
    case healthy
    /// It does not run, and nobody wants it to.
    case off
    /// It is on its way from one state to another.
    case working
    /// It runs, but something is not as it should be.
    case weakened
    /// It has ended and will be started again.
    case waiting
    /// It should run and does not.
    case blocked
  }

  var id: String
  var name: String
  var verdict: Verdict
  /// One sentence.
  var summary: String
  /// What the owner wants.
  var desired: String
  /// What is.
  var observed: String
  /// What explains the difference, the most telling first.
  var reasons: [Reason] = []
  /// Last lines of the guest's console, and of the hypervisor's own log.
  var console: [String] = []
  var hypervisorLog: [String] = []
}

/// One link of the chain.
struct Reason: Hashable, Sendable {
  /// What it means for the VM.
  enum Weight: String, CaseIterable, Comparable, Sendable {
    /// As long as this is so it cannot run.
    case blocks
    /// It runs less well, or will not survive the next restart.
    case weakens
    /// Its host cannot do better by it: nothing has happened, and it stays so until somebody changes the host.
    case standing
    /// Worth knowing.
    case note

    static func < (a: Weight, b: Weight) -> Bool {
      (allCases.firstIndex(of: a) ?? 0) < (allCases.firstIndex(of: b) ?? 0)
    }
  }

  /// Where it was found.
  enum Part: String, CaseIterable, Sendable {
    case state, disk, image, network, netd, hypervisor, accelerator, agent, health, restart, confinement, limit, space
    case record, process, supervisor
  }

  var weight: Weight
  var part: Part
  var failure: Failure

  init(_ weight: Weight, _ part: Part, _ failure: Failure) {
    self.weight = weight
    self.part = part
    self.failure = failure
  }
}

extension Reason.Part {
  /// The part that a failure of an earlier step belongs to.
  init(of failure: Failure) {
    let step = failure.step
    let words = failure.cause.lowercased()
    if ["seccomp", "landlock", "signal 31", "sandbox"].contains(where: words.contains) {
      self = .confinement
    } else if failure.errno == 28 || failure.errno == 122 {
      // ENOSPC, EDQUOT of asm-generic/errno.h.
      self = .space
    } else if words.hasPrefix("gave up") {
      self = .restart
    } else if step.hasPrefix("reach netd") || failure.object == "netd" {
      self = .netd
    } else if step.contains("port") || step.contains("policy") || step.contains("bridge") {
      self = .network
    } else if step.contains("disk") || step.contains("read image") {
      self = .disk
    } else if step.contains("kernel") || step.contains("initrd") || step.contains("firmware") || step.contains("cdrom")
    {
      self = .image
    } else if step.contains("accelerator") {
      self = .accelerator
    } else if step.contains("hypervisor") || step.contains("launch") || step == "run" {
      self = .hypervisor
    } else if step.contains("health") {
      self = .health
    } else if step.contains("record") {
      self = .record
    } else if step.contains("limit") || step.contains("cgroup") || step.contains("admit") {
      self = .limit
    } else {
      self = .process
    }
  }

  /// The part that a warning of a running VM belongs to.
  init(warning: String) {
    let words = warning.lowercased()
    if words.hasPrefix(NetworkTrouble.mark) {
      self = .network
    } else if words.contains("kvm") || words.contains("tcg") {
      self = .accelerator
    } else if ["seccomp", "landlock", "sandbox", "namespace", "confine", "apparmor", "user id"].contains(
      where: words.contains)
    {
      self = .confinement
    } else if ["cgroup", "limit", "quota", "weight"].contains(where: words.contains) {
      self = .limit
    } else if words.contains("health") {
      self = .health
    } else {
      self = .process
    }
  }
}
