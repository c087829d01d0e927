package import Failure
import FoundationEssentials
package import IPC
package import Life
package import NodeCore
import Storage

/// Everything that an explanation is made of, as it was found at one instant. A value: no I/O.
package struct VMFacts: Sendable {
  package var id: String
  package var name: String
  package var desired = Power.off
  package var state = State.pending
  /// Why it is failed, or what ended it.
  package var why: Failure?
  /// That the guest did not do what it was last asked to.
  package var cut: Failure?
  /// Why the hypervisor does nothing; nil while it answers.
  package var stall: Failure?
  /// That the guest starts again and again.
  package var loop: Failure?
  /// How long it has been in that state, seconds; nil if nobody knows.
  package var secondsInState: UInt64?
  package var restart: Restart?
  package var process: Process?
  /// What `status` warns of.
  package var warnings: [Warning] = []
  package var agent = Agent.notWanted
  /// What the last health checks found, if they failed.
  package var unhealthy: Failure?
  /// Why netd cannot be asked; nil if it answers or is not needed.
  package var netd: Failure?
  package var ports: [Port] = []
  /// Findings of netd's audit that concern this VM, its bridges or all.
  package var findings: [Audit.Finding] = []
  /// What is wrong with names and addresses in its networks.
  package var naming: [Failure] = []
  /// What is wrong with files that a start opens.
  package var files: [Reason] = []
  /// Why its images cannot be given to a hypervisor; nil if they can.
  package var images: Failure?
  /// What of its snapshots is not as it should be.
  package var snapshots: [Failure] = []
  var spaces: [FileSystemSpace] = []
  /// Why no hypervisor can be started, whatever the VM is.
  package var hypervisor: Failure?
  /// Why its request for an accelerator cannot be granted now.
  package var accelerator: Failure?
  /// What is wrong with the host beside its VMs.
  package var host: [Failure] = []
  package var console: [String] = []
  package var hypervisorLog: [String] = []
  /// Where all of that log is.
  package var hypervisorLogPath = ""

  /// What the restart policy is doing.
  package enum Restart: Hashable, Sendable {
    /// The next start, counted from 1, and the seconds until then.
    case waits(attempt: Int, seconds: UInt64)
    /// It has been tried as often as the policy permits.
    case gaveUp
  }

  /// The hypervisor process.
  package struct Process: Hashable, Sendable {
    package var pid: Int32
    package var seconds: UInt64
    package var accelerator: String
    /// Whether its monitor is connected.
    package var answers: Bool
  }

  /// What the guest agent is like.
  package enum Agent: Hashable, Sendable {
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
  package struct Port: Hashable, Sendable {
    package var nic: Int
    package var network: String
    /// Interface name; empty if it never had a port.
    package var tap = ""
    /// Bridge of its shard; empty if netd did not say.
    package var bridge = ""
    /// What netd thinks of it; nil if it knows no such port or was not asked.
    package var state: PortState?
    package var link = LinkFacts.Link.unknown
    /// Ports of the whole network, taken and possible; 0 if netd did not say.
    package var used = 0
    package var most = 0

    package init(
      nic: Int, network: String, tap: String = "", bridge: String = "", state: PortState? = nil,
      link: LinkFacts.Link = LinkFacts.Link.unknown, used: Int = 0, most: Int = 0
    ) {
      self.nic = nic
      self.network = network
      self.tap = tap
      self.bridge = bridge
      self.state = state
      self.link = link
      self.used = used
      self.most = most
    }
  }
}
