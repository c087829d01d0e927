import Failure
import FoundationEssentials
import Glibc
import Hypervisor
import IPC
import Life
import Linux
import Storage
import Text
import VMSpec

/// The way to a hypervisor that runs: lock, ports, accelerator, images, process. Belongs to the VM's actor.
final class HypervisorLaunch {
  private let keeper: RecordKeeper
  private let state: VMState
  private let reporter: VMReporter
  private let paths: VMPaths
  private let work: WorkQueue
  private let process: VMProcess
  private let ports: VMPorts
  private let limits: VMLimits
  private let images: VMImages
  private let backend: any Backend
  private let netd: NetdLink
  private let facts: HostFacts
  private let site: LaunchSite

  init(
    _ keeper: RecordKeeper, _ state: VMState, _ reporter: VMReporter, _ paths: VMPaths, _ work: WorkQueue,
    _ process: VMProcess, _ ports: VMPorts, _ limits: VMLimits, _ images: VMImages, _ backend: any Backend,
    _ netd: NetdLink, _ facts: HostFacts, _ site: LaunchSite
  ) {
    self.keeper = keeper
    self.state = state
    self.reporter = reporter
    self.paths = paths
    self.work = work
    self.process = process
    self.ports = ports
    self.limits = limits
    self.images = images
    self.backend = backend
    self.netd = netd
    self.facts = facts
    self.site = site
  }

  private var record: Record { keeper.record }
  private var name: String { state.name }
  /// Whether the guest is to go on from the memory of a snapshot, which takes its time.
  var isWaking: Bool { record.wake.map { !$0.isLoaded } ?? false }

  /// Everything up to the executed hypervisor.
  nonisolated(nonsending) func launch(_ generation: UInt64, _ ticket: StartTicket) async throws(Failure) {
    try DescriptorBudget.checkRoom("start", name)
    let (capabilities, files) = try await Failure.of(.hypervisor) { () async throws(Failure) in
      (try await backend.capabilities(), try await backend.files())
    }
    try capabilities.check(record.spec, program: backend.path)
    // It went on from there and ended: what its disks have since is newer than that memory.
    if record.wake?.isLoaded == true { try await keeper.edit { $0.wake = nil } }
    if record.wake == nil { try await forgetMemory() }
    let lock = try await lockRuntime()
    let ports = try await Failure.of(.network) { () async throws(Failure) in try await self.ports.attachAll() }
    ticket.hold([lock] + ports.map(\.tap))
    try state.stillStarting(generation)
    let accelerator = try await Failure.of(.accelerator) { () async throws(Failure) in
      try await chooseAccelerator(capabilities)
    }
    let (hasHyperV, weaker) = hyperV(accelerator)
    // Translated code is slower than any way of its packets.
    let vhosts =
      accelerator.choice.accelerator == .tcg
      ? [:]
      : try await Failure.of(.network) { () async throws(Failure) in
        try await netd.vhostNets(for: record.spec.nics)
      }
    try limits.takePlace(isEmulated: accelerator.choice.accelerator == .tcg)
    try state.stillStarting(generation)

    var spec = record.spec
    spec.addAddresses(record.ports, record.devices.nics)
    let facts = facts
    try checkKernelLine(spec, tscKHz: accelerator.choice.accelerator == .tcg ? facts.tscKHz : nil)
    let (named, paths, known) = (spec, paths, record.images ?? [])
    let made = try await inFiles(ticket) { () throws(Failure) in
      try Failure.of(.disk) { () throws(Failure) in
        try DiskImage.createMissing(named, known: known, in: paths.images)
      }
    }
    let generationID = try await self.generationID(capabilities)
    let launched: LaunchOrder.Launched
    do throws(Failure) {
      try await images.noteAll()
      let layers = try await inFiles(ticket) { () throws(Failure) in
        try Failure.of(.disk) { () throws(Failure) in try BackingImage.formats(named) }
      }
      let plan = backend.plan(
        MachineOrder(
          spec: spec, identity: MachineIdentity(name: name, uuid: record.id),
          nics: zip(spec.nics, ports).enumerated().map { index, card in
            NICPlan(card.0.model, mac: MAC.text(card.1.reply.port.mac), hasVhost: vhosts[index] != nil)
          },
          addresses: record.deviceAddresses, layers: layers, accelerator: accelerator.choice.accelerator,
          tscKHz: facts.tscKHz, hasHyperV: hasHyperV, isHeld: isWaking,
          awaitsMemory: isWaking && record.wake?.saved != nil, generationID: generationID), capabilities)
      var seedTool: HypervisorFiles?
      if spec.cloudInit != nil {
        seedTool = try await Failure.of(.image) { () async throws(Failure) in try await Tool.isoImage.files() }
      }
      let order = LaunchOrder(
        spec: spec, plan: plan, paths: paths, site: site, lock: lock, taps: ports.map(\.tap),
        vhosts: vhosts,
        kvm: accelerator.device, generation: generation, generationID: generationID, accelerator: accelerator.choice,
        handles: ports.map(\.reply.handle), files: files, images: images.diskPaths, ticket: ticket,
        seed: try spec.cloudInit.map { seed throws(Failure) in
          try SeedFiles(seed, id: record.id, name: GuestName.label(name), cards: record.ports.map(\.seed))
        }, seedTool: seedTool, weaker: weaker)
      launched = try await inFiles(ticket) { () throws(Failure) in try order.execute() }
    } catch {
      // A disk that was made for a start that failed holds nothing yet. One of a start that was given up may be another's.
      if !ticket.isAbandoned { await images.forget(made, known: known) }
      throw error
    }
    do throws(Failure) { try state.stillStarting(generation) } catch {
      launched.process.kill()
      // Its end is waited for by whichever start it belongs to, or by nobody but the watch that reaps it.
      if state.run == nil, state.life.generation == generation {
        process.take(launched.process, launched.incarnation)
      } else {
        launched.process.onEnd { _ in }
      }
      throw error
    }
    process.take(launched.process, launched.incarnation)
    process.watch(launched.listener)
    state.run?.warnings.replace(family: "limit", with: launched.limitWarnings)
    reporter.announce()
  }

  /// Runs what looks at files. It may take for ever; then the start can be given up.
  nonisolated(nonsending) private func inFiles<R: Sendable>(
    _ ticket: StartTicket, _ body: @escaping @Sendable () throws(Failure) -> R
  ) async throws(Failure) -> R {
    let overtaken = Failure(.state, part: .state, operation: "start", object: name, cause: "it was stopped meanwhile")
    guard ticket.enterFiles() else { throw overtaken }
    let result: Result<R, Failure>
    do throws(Failure) { result = .success(try await work.queue.run(body)) } catch { result = .failure(error) }
    guard ticket.leaveFiles() else { throw overtaken }
    return try result.get()
  }

  /// Takes the lock that says "this VM runs", and makes the runtime folder.
  nonisolated(nonsending) private func lockRuntime() async throws(Failure) -> DescriptorCell {
    let paths = paths
    let name = name
    let cell = try await work.queue.run { () throws(Failure) in
      let lock: Descriptor?
      do throws(Errno) {
        try Files.makeFolders(paths.runtime)
        lock = try LockFile.acquire(paths.lock)
      } catch {
        throw error.failure("lock", paths.lock).of(.record)
      }
      guard let lock else {
        throw Failure(
          .exists, part: .process, operation: "start", object: name,
          cause: "a hypervisor of an earlier start still runs",
          remedy:
            "find its pid in \(paths.incarnation) or, if that was removed, with fuser \(paths.lock); end it, then "
            + "start again")
      }
      return DescriptorCell(lock)
    }
    process.ownsRuntime = true
    return cell
  }

  nonisolated(nonsending) private func chooseAccelerator(
    _ capabilities: Capabilities
  ) async throws(Failure) -> (choice: AcceleratorChoice, device: DescriptorCell?) {
    let facts = facts
    var device: DescriptorCell?
    if record.spec.accel != .tcg, capabilities.takesKVMDescriptor {
      do throws(Failure) { device = try await netd.device(.kvm, waiting: true) } catch {
        // Not having it is no failure yet: the choice below says what it means. Not reaching netd is one.
        if error.code == .unavailable { throw error }
      }
    }
    let host = HostKVM(
      hasDescriptor: device != nil, opensByPath: HostFacts.opensKVM, hasVirtualization: facts.hasVirtualization,
      architecture: facts.architecture)
    return (
      try backend.accelerator(for: record.spec, on: host, capabilities), device
    )
  }

  /// Whether a guest that knows Hyper-V finds what that offers, and what its user is told if it does not.
  private func hyperV(
    _ accelerator: (choice: AcceleratorChoice, device: DescriptorCell?)
  ) -> (isThere: Bool, warning: Warning?) {
    guard record.spec.guestOs?.isWindows == true, case .kvm(let access) = accelerator.choice.accelerator else {
      return (false, nil)
    }
    var isThere = false
    if access == .descriptor {
      accelerator.device?.peek { isThere = KVM.offersHyperV($0) }
    } else {
      isThere = KVM.offersHyperV()
    }
    if isThere { return (true, nil) }
    return (
      false,
      Warning(
        id: "guestOs", part: .accelerator,
        cause: "Windows runs slower than it could: KVM of this host does not offer what Hyper-V does",
        remedy: "use a host whose processor virtualizes itself, with Linux 4.20 or newer", isLasting: true)
    )
  }

  /// It boots: a memory that it was restored with is of no use any more, and its cards are its own.
  nonisolated(nonsending) private func forgetMemory() async throws(Failure) {
    if record.copiedFrom != nil { try await keeper.edit { $0.copiedFrom = nil } }
    let path = paths.memory
    try await work.queue.run { () throws(Failure) in _ = unlink(path) }
  }

  /// What the guest is told of which copy it is; nil where that cannot be, and for a memory that knows of no such device.
  nonisolated(nonsending) private func generationID(_ capabilities: Capabilities) async throws(Failure) -> String? {
    if record.generationID == nil { try await keeper.edit { $0.generationID = RecordID.random().wrappedValue } }
    guard capabilities.identifiesGenerations.contains(record.spec.machine) else { return nil }
    if isWaking, record.wokenHardware?.devices.contains(SnapshotHardware.generationID) == false { return nil }
    return record.generationID
  }

  /// Refuses a line that the kernel would cut off, now that all is known that is added to it.
  private func checkKernelLine(_ spec: VMSpec, tscKHz: UInt64?) throws(Failure) {
    guard case .kernel(let boot) = spec.boot, case .kernel(let given) = record.spec.boot else { return }
    let line = KernelLine(boot, spec, tscKHz: tscKHz)
    guard let (cause, remedy) = line.trouble(given: given.cmdline ?? "") else { return }
    throw Failure(
      .invalid, part: .image, operation: "start", object: "\(name): boot.cmdline", cause: cause, remedy: remedy)
  }
}

extension VMState {
  /// - Throws: that the start of that generation was overtaken.
  func stillStarting(_ generation: UInt64) throws(Failure) {
    guard life.state == .starting, life.generation == generation else {
      throw Failure(.state, part: .state, operation: "start", object: name, cause: "it was stopped meanwhile")
    }
  }
}
