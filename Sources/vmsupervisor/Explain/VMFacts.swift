import Failure
import FoundationEssentials
import IPC
import Life

/// Everything that an explanation is made of, as it was found at one instant. A value: no I/O.
struct VMFacts: Sendable {
  var id: String
  var name: String
  var desired = Power.off
  var state = State.pending
  /// Why it is failed, or what ended it.
  var why: Failure?
  /// That the guest did not do what it was last asked to.
  var cut: Failure?
  /// Why the hypervisor does nothing; nil while it answers.
  var stall: Failure?
  /// That the guest starts anew again and again.
  var loop: Failure?
  /// How long it has been in that state, seconds; nil if nobody knows.
  var secondsInState: UInt64?
  var restart: Restart?
  var process: Process?
  /// What `status` warns of.
  var warnings: [String] = []
  /// Those of them that its host is the cause of and that last.
  var weaknesses: [String] = []
  var agent = Agent.notWanted
  /// What the last health checks found, if they failed.
  var unhealthy: Failure?
  /// Why netd cannot be asked; nil if it answers or is not needed.
  var netd: Failure?
  var ports: [Port] = []
  /// Findings of netd's audit that concern this VM, its bridges or all.
  var findings: [Audit.Finding] = []
  /// What is wrong with names and addresses in its networks.
  var naming: [Failure] = []
  /// What is wrong with files that a start opens.
  var files: [Reason] = []
  var spaces: [Space] = []
  /// Why no hypervisor can be started, whatever the VM is.
  var hypervisor: Failure?
  /// Why its wish for an accelerator cannot be granted now.
  var accelerator: Failure?
  /// What is wrong with the host beside its VMs.
  var host: [Failure] = []
  var console: [String] = []
  var hypervisorLog: [String] = []
  /// Where all of that log is.
  var hypervisorLogPath = ""

  /// What the restart policy is doing.
  enum Restart: Hashable, Sendable {
    /// The next start, counted from 1, and the seconds until then.
    case waits(attempt: Int, seconds: UInt64)
    /// It has been tried as often as the policy permits.
    case gaveUp
  }

  /// The hypervisor process.
  struct Process: Hashable, Sendable {
    var pid: Int32
    var seconds: UInt64
    var accelerator: String
    /// Whether its monitor is connected.
    var answers: Bool
  }

  /// What the guest agent is like.
  enum Agent: Hashable, Sendable {
    case notWanted
    /// Connected, and it answered just now.
    case answers
    /// Connected, and this came of a ping.
    case silent(Failure)
    /// Its port has not been opened by the guest.
    case absent
    /// The guest had opened its port, and has closed it.
    case gone
  }

  /// One NIC.
  struct Port: Hashable, Sendable {
    var nic: Int
    var network: String
    /// Interface name; empty if it never had a port.
    var tap = ""
    /// Bridge of its shard; empty if netd did not say.
    var bridge = ""
    /// What netd thinks of it; nil if it knows no such port or was not asked.
    var state: PortState?
    var link = Link.unknown
    /// Ports of the whole network, taken and possible; 0 if netd did not say.
    var used = 0
    var most = 0
  }

  /// What the kernel shows of a TAP to everybody.
  enum Link: Hashable, Sendable {
    /// This process is in another network namespace, or was not asked.
    case unknown
    case missing
    /// It is there, but plugged into no bridge.
    case unplugged
    /// Its bridge, and whether both are up.
    case plugged(into: String, isUp: Bool)
  }

  /// Room on a file system.
  struct Space: Hashable, Sendable {
    /// What lies there: `state`, `runtime`, or a disk.
    var what: String
    var path: String
    var freeBytes: UInt64
    var totalBytes: UInt64
    /// Both 0 where the file system does not count.
    var freeFiles: UInt64
    var totalFiles: UInt64
  }
}
