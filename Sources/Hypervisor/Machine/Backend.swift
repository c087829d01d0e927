package import Failure
package import VMSpec

/// A kind of hypervisor that the host may have: what it can do, how it is started, and how a running one is met.
package protocol Backend: Sendable {
  /// What people call it.
  var name: String { get }
  /// Its program on this host.
  var path: String { get }
  /// The oldest release that takes KVM as a descriptor, for remedies.
  var firstWithKVMDescriptor: String { get }
  /// Most processors of a guest without KVM.
  var mostEmulatedProcessors: Int { get }

  /// What the installed program can do: asked when it is first needed, and again when it is another file.
  /// - Throws: why it cannot be run, or why it cannot be used.
  func capabilities() async throws(Failure) -> Capabilities
  /// What the program opens by itself.
  /// - Throws: as `capabilities` does.
  func files() async throws(Failure) -> HypervisorFiles
  /// Chooses the accelerator of one VM.
  /// - Throws: `.unsupported` if what is asked for cannot be had.
  func accelerator(
    for spec: VMSpec, on host: HostKVM, _ capabilities: Capabilities
  ) throws(Failure) -> AcceleratorChoice
  /// Plans the process of one VM.
  func plan(_ order: MachineOrder, _ capabilities: Capabilities) -> ProcessPlan
  /// Connects to a machine that runs, and asks how it is.
  /// - Parameters:
  ///   - sockets: where it listens; the second is for when somebody holds the first.
  ///   - agent: whether to ask for the agent's port.
  ///   - disks: whether to ask for what disks may do.
  ///   - timeout: for each socket.
  /// - Throws: `.timeout` if nobody greets, `.notFound` or `.unavailable` if nobody listens.
  func meet(
    at sockets: [String], agent: Bool, disks: Bool, timeout: Duration
  ) async throws(Failure) -> Meeting

  /// Words of the hypervisor as people can use them.
  /// - Parameter images: paths by the numbers that it knows them by.
  func plainWords(_ line: String, images: [Int: String]) -> String
  /// The number of the image that somebody else has locked, if that is what the hypervisor says.
  /// - Parameter numbers: the numbers that images have.
  func lockedImage(_ line: String, among numbers: [Int]) -> Int?
  /// Whether a refusal says that somebody else has the image locked.
  func meansLockedImage(_ words: String) -> Bool
  /// Reads the command line of a process (proc_pid_cmdline(5)).
  /// - Returns: whether it says that it runs without KVM; nil if it is no hypervisor of the VM with that UUID.
  func isEmulated(commandLine: [UInt8], of uuid: String) -> Bool?
}

/// What one hypervisor program can do. Probed, never assumed.
package struct Capabilities: Hashable, Sendable {
  /// Its release, as it says.
  package var version: String
  /// Whether KVM can be handed over as a descriptor.
  package var takesKVMDescriptor: Bool
  /// What disks can be on.
  package var buses: Set<DiskSpec.Bus>
  /// What network cards can be.
  package var models: Set<NICSpec.Model>
  /// What network cards can be whose image for booting over the network is installed.
  package var networkBoots: Set<NICSpec.Model>
  /// The boards on which it tells guests that they are another copy than before.
  package var identifiesGenerations: Set<MachineType>

  package init(
    version: String, takesKVMDescriptor: Bool, buses: Set<DiskSpec.Bus>, models: Set<NICSpec.Model>,
    networkBoots: Set<NICSpec.Model> = [], identifiesGenerations: Set<MachineType> = []
  ) {
    self.version = version
    self.takesKVMDescriptor = takesKVMDescriptor
    self.buses = buses
    self.models = models
    self.networkBoots = networkBoots
    self.identifiesGenerations = identifiesGenerations
  }

  /// Whether it has what the disks and network cards of a specification ask for.
  /// - Parameter program: its path, for the refusal.
  /// - Throws: `.unsupported` with the first that it has not.
  package func check(_ spec: VMSpec, program: String) throws(Failure) {
    for (index, disk) in spec.disks.enumerated() where !buses.contains(disk.bus) {
      throw lacks(disk.bus.rawValue, "\(spec.name): disks[\(index)].bus", program, buses.map(\.rawValue))
    }
    for (index, nic) in spec.nics.enumerated() where !models.contains(nic.model) {
      throw lacks(nic.model.rawValue, "\(spec.name): nics[\(index)].model", program, models.map(\.rawValue))
    }
    guard spec.bootsFromNetwork else { return }
    for (index, nic) in spec.nics.enumerated() where !networkBoots.contains(nic.model) {
      throw Failure(
        .state, part: .hypervisor, operation: "start", object: "\(spec.name): bootOrder",
        cause: "nics[\(index)] cannot boot over the network: the image for \(nic.model.rawValue) is not installed",
        remedy: "install the package ipxe-qemu, or remove network from bootOrder")
    }
  }

  private func lacks(_ what: String, _ place: String, _ program: String, _ others: [String]) -> Failure {
    Failure(
      .unsupported, part: .hypervisor, operation: "start", object: place,
      cause: "\(program) \(version) was built without \(what)",
      remedy: others.isEmpty
        ? "install a program that has it"
        : "use what it has (\(others.sorted().joined(separator: ", "))), or install one that has it")
  }
}

/// Everything that decides how the process of one VM is started.
package struct MachineOrder: Hashable, Sendable {
  package var spec: VMSpec
  package var identity: MachineIdentity
  /// One for each network card of the specification.
  package var nics: [NICPlan]
  /// Where its devices are; nil: where their position in the list says.
  package var addresses: DeviceAddresses?
  /// Format of the image below each disk that is a layer, by position.
  package var layers: [Int: DiskSpec.Format]
  package var accelerator: Accelerator
  /// Frequency of the host's time-stamp counter, kHz; nil where the kernel does not say.
  package var tscKHz: UInt64?
  /// Whether KVM offers what Hyper-V does.
  package var hasHyperV: Bool
  /// Whether the guest stands until it is let go: its memory is to come from a snapshot.
  package var isHeld: Bool
  /// Whether it waits for a memory that is in a file; it is held too then.
  package var awaitsMemory: Bool
  /// A UUID by which the guest sees whether it is the copy that it was; nil: it is not told.
  package var generationID: String?

  package init(
    spec: VMSpec, identity: MachineIdentity, nics: [NICPlan] = [], addresses: DeviceAddresses? = nil,
    layers: [Int: DiskSpec.Format] = [:], accelerator: Accelerator, tscKHz: UInt64? = nil, hasHyperV: Bool = false,
    isHeld: Bool = false, awaitsMemory: Bool = false, generationID: String? = nil
  ) {
    self.spec = spec
    self.identity = identity
    self.nics = nics
    self.addresses = addresses
    self.layers = layers
    self.accelerator = accelerator
    self.tscKHz = tscKHz
    self.hasHyperV = hasHyperV
    self.isHeld = isHeld
    self.awaitsMemory = awaitsMemory
    self.generationID = generationID
  }
}
