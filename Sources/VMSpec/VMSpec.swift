/// What a user wants of one virtual machine, after every rule of the document has been checked.
///
/// Encoding it gives the document form again: the keys and values of `docs/schema/vm.schema.json`, sizes in bytes.
package struct VMSpec: Sendable, Hashable {
  /// Name, unique on a host: a letter, then letters, digits, `-`, `_`, `.`; at most 63.
  package var name: String
  /// Free words for selection and placement, at most 50.
  package var labels: [String: String]
  /// Virtual processors, 1 to 256.
  package var vcpus: Int
  /// Guest memory in bytes, whole MiB.
  package var memory: UInt64
  /// Whether that memory is of the host's huge pages, all of it from the start on.
  package var memoryHugepages: Bool
  /// Board model.
  package var machine: MachineType
  /// Request for the accelerator.
  package var accel: AcceleratorRequest
  /// What the guest starts from.
  package var boot: Boot
  /// Kinds of devices that firmware boots from, the first one first; empty is the usual order.
  package var bootOrder: [BootDevice]
  /// Family of the guest's system; nil: nothing is done for a certain one.
  package var guestOs: GuestOS?
  /// Disks in the order the guest sees them, at most 16.
  package var disks: [DiskSpec]
  /// Network cards in the order the guest sees them, at most 8.
  package var nics: [NICSpec]
  /// Whether the guest has a serial console.
  package var console: Bool
  /// Whether the guest has a port for qemu-guest-agent.
  package var agent: Bool
  /// What happens after the guest has ended.
  package var restart: RestartSpec
  /// How the supervisor finds out whether the guest is well.
  package var health: HealthSpec
  /// What the VM may take of its host.
  package var limits: LimitsSpec
  /// CD drives in the order the guest sees them, at most 4.
  package var cdroms: [CDROMSpec]
  /// The guest's screen.
  package var display: Display
  /// TCP port at which VNC clients find the screen, where the node has an address for them; nil: one is chosen.
  package var vncPort: Int?
  /// What cloud-init in the guest is told; nil makes no seed.
  package var cloudInit: CloudInitSpec?
  /// Whether a layer of confinement or a limit that the host does not have forbids the start.
  package var strict: Bool

  /// Makes a specification; only `validate` checks the rules.
  package init(
    name: String, labels: [String: String] = [:], vcpus: Int = 1, memory: UInt64, memoryHugepages: Bool = false,
    machine: MachineType = .q35, accel: AcceleratorRequest = .auto, boot: Boot, bootOrder: [BootDevice] = [],
    guestOs: GuestOS? = nil, disks: [DiskSpec] = [], nics: [NICSpec] = [], console: Bool = true,
    agent: Bool = true, restart: RestartSpec = RestartSpec(), health: HealthSpec = HealthSpec(),
    limits: LimitsSpec = LimitsSpec(), cdroms: [CDROMSpec] = [], display: Display = .none, vncPort: Int? = nil,
    cloudInit: CloudInitSpec? = nil, strict: Bool = false
  ) {
    self.name = name
    self.labels = labels
    self.vcpus = vcpus
    self.memory = memory
    self.memoryHugepages = memoryHugepages
    self.machine = machine
    self.accel = accel
    self.boot = boot
    self.bootOrder = bootOrder
    self.guestOs = guestOs
    self.disks = disks
    self.nics = nics
    self.console = console
    self.agent = agent
    self.restart = restart
    self.health = health
    self.limits = limits
    self.cdroms = cdroms
    self.display = display
    self.vncPort = vncPort
    self.cloudInit = cloudInit
    self.strict = strict
  }
}

/// Board models.
package enum MachineType: String, Codable, Sendable, Hashable, CaseIterable {
  /// PCI Express board with hot-plug: the default everywhere.
  case q35
  /// Small board with virtio-mmio devices, direct kernel boot and no hot-plug.
  case microvm
}

/// What the user requests to run the guest on.
package enum AcceleratorRequest: String, Codable, Sendable, Hashable, CaseIterable {
  /// KVM where a stock kernel can run on it, TCG otherwise.
  case auto
  /// KVM or nothing.
  case kvm
  /// QEMU's translator, which needs nothing from the host.
  case tcg
}
