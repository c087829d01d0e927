import Failure
import Hypervisor
import Life
import Storage

/// The devices of a VM: disks, network cards and CD drives that come, go and change. What is wanted is on disk before
/// anything happens in the machine. Belongs to the VM's actor.
final class VMDevices {
  let keeper: RecordKeeper
  let state: VMState
  let reporter: VMReporter
  let changes: ChangeGate
  let ports: VMPorts
  let limits: VMLimits
  let images: VMImages
  let paths: VMPaths
  let holders: ImageHolders
  let backend: any Backend
  /// Where programs that work on its images run.
  let tools: ToolRoom
  let netd: NetdLink
  let names: NameRegistry
  let waits: VMWaits
  let facts: HostFacts
  /// Runs what copies whole images.
  let copies: PoolTools
  private let work: WorkQueue
  /// Those who wait for what the hypervisor tells of its devices.
  var listeners = Subscribers()

  init(
    _ keeper: RecordKeeper, _ state: VMState, _ reporter: VMReporter, _ changes: ChangeGate, _ ports: VMPorts,
    _ limits: VMLimits, _ images: VMImages, _ work: WorkQueue, paths: VMPaths, holders: ImageHolders,
    backend: any Backend, tools: ToolRoom, netd: NetdLink, names: NameRegistry,
    waits: VMWaits, facts: HostFacts, copies: PoolTools
  ) {
    self.keeper = keeper
    self.state = state
    self.reporter = reporter
    self.changes = changes
    self.ports = ports
    self.limits = limits
    self.images = images
    self.work = work
    self.paths = paths
    self.holders = holders
    self.backend = backend
    self.tools = tools
    self.netd = netd
    self.names = names
    self.waits = waits
    self.facts = facts
    self.copies = copies
  }

  var id: String { record.id }
  var name: String { state.name }
  var record: Record { keeper.record }
  var life: LifeCycle { state.life }
  var run: VMRun? { state.run }
  var machine: (any Machine)? { state.machine }
  var queue: BlockingQueue { work.queue }
}
