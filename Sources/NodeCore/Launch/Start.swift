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

extension VirtualMachine {
  /// How long a fresh hypervisor may take until it greets.
  private static let greetingTimeout: Duration = .seconds(45)

  /// The effect `launch`, from the gate to the event that reports its outcome.
  package func start(_ generation: UInt64, _ ticket: StartTicket) async {
    let hasPlace = await context.gate.enter(ObjectIdentifier(ticket))
    if life.state == .starting { perform(.arm(.start, after: LifeCycle.startTimeout)) }
    let event: Event
    do throws(Failure) {
      try stillStarting(generation)
      try await launch(generation, ticket)
      event = .monitorReady(
        try await Failure.of(.hypervisor) { () async throws(Failure) in
          try await connect(timeout: Self.greetingTimeout)
        })
    } catch {
      // Whoever gave it up has said so, and given its place to others.
      if ticket.isAbandoned {
        return context.log.notice("a start that was given up has ended", metadata: metadata)
      }
      await waitForLastWords()
      event = .startFailed(error)
    }
    // Of a start that failed nothing stays locked: its VM may be deleted, or its process looked for.
    ticket.letGo()
    if hasPlace { await context.gate.leave() }
    // A later start has begun: what this one came to is nobody's concern any more.
    guard generation == life.generation else { return }
    launching = nil
    // A start that was overtaken by a stop may have no process whose end could be reported.
    let overtaken = life.state != .starting && run == nil
    await observe(overtaken ? .processEnded(.unknown, words: "") : event)
  }

  /// Ends a start that has no process yet, if that can be done from outside.
  func giveUpStart() {
    guard run == nil, let ticket else { return }
    let gate = context.gate
    guard ticket.abandon() else {
      Task { await gate.withdraw(ObjectIdentifier(ticket)) }
      return
    }
    context.log.notice("a start is given up while it looks at its files", metadata: metadata)
    self.ticket = nil
    launching = nil
    // The old one's thread comes back when the file system does, or never.
    work.leaveBehind()
    let generation = life.generation
    Task {
      await gate.leave()
      await self.observeNothing(generation)
    }
  }

  /// How much later the end of a hypervisor may be known than that of its monitor.
  private static let lastWords: Duration = .milliseconds(500)

  /// A hypervisor that refuses its arguments closes its monitor before its end is known. Its end says more.
  private func waitForLastWords() async {
    guard run != nil else { return }
    let others = State.allCases.filter { $0 != .starting }.map { Milestone.state($0) }
    _ = await wait(for: Set(others), timeout: Self.lastWords)
  }

  /// Everything up to the executed hypervisor.
  private func launch(_ generation: UInt64, _ ticket: StartTicket) async throws(Failure) {
    try DescriptorBudget.checkRoom("start", name)
    let (capabilities, files) = try await Failure.of(.hypervisor) { () async throws(Failure) in
      (try await context.backend.capabilities(), try await context.backend.files())
    }
    try capabilities.check(record.spec, program: context.backend.path)
    let lock = try await lockRuntime()
    let ports = try await Failure.of(.network) { () async throws(Failure) in try await self.ports.attachAll() }
    ticket.hold([lock] + ports.map(\.tap))
    try stillStarting(generation)
    let accelerator = try await Failure.of(.accelerator) { () async throws(Failure) in
      try await chooseAccelerator(capabilities)
    }
    // Translated code is slower than any way of its packets.
    let vhosts =
      accelerator.choice.accelerator == .tcg
      ? [:]
      : try await Failure.of(.network) { () async throws(Failure) in
        try await context.netd.vhostNets(for: record.spec.nics)
      }
    try limits.takePlace(isEmulated: accelerator.choice.accelerator == .tcg)
    try stillStarting(generation)

    var spec = record.spec
    spec.addAddresses(record.ports, record.devices.nics)
    let facts = context.facts
    try checkKernelLine(spec, tscKHz: accelerator.choice.accelerator == .tcg ? facts.tscKHz : nil)
    let (named, paths, known) = (spec, paths, record.images ?? [])
    let made = try await inFiles(ticket) { () throws(Failure) in
      try Failure.of(.disk) { () throws(Failure) in
        try DiskImage.createMissing(named, known: known, in: paths.images)
      }
    }
    let launched: LaunchOrder.Launched
    do throws(Failure) {
      try await images.noteAll()
      let layers = try await inFiles(ticket) { () throws(Failure) in
        try Failure.of(.disk) { () throws(Failure) in try BackingImage.formats(named) }
      }
      let plan = context.backend.plan(
        MachineOrder(
          spec: spec, identity: MachineIdentity(name: name, uuid: id),
          nics: zip(spec.nics, ports).enumerated().map { index, card in
            NICPlan(card.0.model, mac: MAC.text(card.1.reply.port.mac), hasVhost: vhosts[index] != nil)
          },
          addresses: record.deviceAddresses, layers: layers, accelerator: accelerator.choice.accelerator,
          tscKHz: facts.tscKHz), capabilities)
      var seedTool: HypervisorFiles?
      if spec.cloudInit != nil {
        seedTool = try await Failure.of(.image) { () async throws(Failure) in try await Tool.isoImage.files() }
      }
      let order = LaunchOrder(
        spec: spec, plan: plan, paths: paths, settings: context.settings, lock: lock, taps: ports.map(\.tap),
        vhosts: vhosts,
        kvm: accelerator.device, generation: generation, accelerator: accelerator.choice,
        handles: ports.map(\.reply.handle), files: files, confinement: context.confinement,
        host: context.host, images: images.diskPaths,
        limits: context.limits, holders: context.holders, ticket: ticket, tools: tools,
        seed: try spec.cloudInit.map { seed throws(Failure) in
          try SeedFiles(seed, id: id, name: GuestName.label(name), cards: record.ports.map(\.seed))
        }, seedTool: seedTool)
      launched = try await inFiles(ticket) { () throws(Failure) in try order.execute() }
    } catch {
      // A disk that was made for a start that failed holds nothing yet. One of a start that was given up may be another's.
      if !ticket.isAbandoned { await images.forget(made, known: known) }
      throw error
    }
    do throws(Failure) { try stillStarting(generation) } catch {
      launched.process.signal(SIGKILL)
      // Its end is waited for by whichever start it belongs to, or by nobody but the watch that reaps it.
      if run == nil, life.generation == generation {
        take(launched.process, launched.incarnation)
      } else {
        launched.process.onEnd { _ in }
      }
      throw error
    }
    take(launched.process, launched.incarnation)
    watch(launched.listener)
    run?.warnings.replace(family: "limit", with: launched.limitWarnings)
    announce()
  }

  /// Runs what looks at files. It may take for ever; then the start can be given up.
  private func inFiles<R: Sendable>(
    _ ticket: StartTicket, _ body: @escaping @Sendable () throws(Failure) -> R
  ) async throws(Failure) -> R {
    let overtaken = Failure(.state, part: .state, operation: "start", object: name, cause: "it was stopped meanwhile")
    guard ticket.enterFiles() else { throw overtaken }
    let result: Result<R, Failure>
    do throws(Failure) { result = .success(try await queue.run(body)) } catch { result = .failure(error) }
    guard ticket.leaveFiles() else { throw overtaken }
    return try result.get()
  }

  /// Takes the lock that says "this VM runs", and makes the runtime folder.
  private func lockRuntime() async throws(Failure) -> DescriptorCell {
    let paths = paths
    let name = name
    let cell = try await queue.run { () throws(Failure) in
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
    ownsRuntime = true
    return cell
  }

  private func chooseAccelerator(
    _ capabilities: Capabilities
  ) async throws(Failure) -> (choice: AcceleratorChoice, device: DescriptorCell?) {
    let facts = context.facts
    var device: DescriptorCell?
    if record.spec.accel != .tcg, capabilities.takesKVMDescriptor {
      do throws(Failure) { device = try await context.netd.device(.kvm, waiting: true) } catch {
        // Not having it is no failure yet: the choice below says what it means. Not reaching netd is one.
        if error.code == .unavailable { throw error }
      }
    }
    let host = HostKVM(
      hasDescriptor: device != nil, opensByPath: HostFacts.opensKVM, hasVirtualization: facts.hasVirtualization,
      architecture: facts.architecture)
    return (
      try context.backend.accelerator(for: record.spec, on: host, capabilities), device
    )
  }

  /// Refuses a line that the kernel would cut off, now that all is known that is added to it.
  private func checkKernelLine(_ spec: VMSpec, tscKHz: UInt64?) throws(Failure) {
    guard case .kernel(let boot) = spec.boot, case .kernel(let given) = record.spec.boot else { return }
    let line = KernelLine(boot, spec, tscKHz: tscKHz)
    guard let (cause, remedy) = line.trouble(given: given.cmdline ?? "") else { return }
    throw Failure(
      .invalid, part: .image, operation: "start", object: "\(name): boot.cmdline", cause: cause, remedy: remedy)
  }

  private func stillStarting(_ generation: UInt64) throws(Failure) {
    guard life.state == .starting, life.generation == generation else {
      throw Failure(.state, part: .state, operation: "start", object: name, cause: "it was stopped meanwhile")
    }
  }
}

/// The blocking part of a start, with everything it needs.
private struct LaunchOrder: Sendable {
  var spec: VMSpec
  var plan: ProcessPlan
  var paths: VMPaths
  var settings: Settings
  var lock: DescriptorCell
  var taps: [DescriptorCell]
  /// `/dev/vhost-net` for each virtio card by its position, or none.
  var vhosts: [Int: DescriptorCell]
  var kvm: DescriptorCell?
  var generation: UInt64
  var accelerator: AcceleratorChoice
  var handles: [UInt64]
  var files: HypervisorFiles
  var confinement: HostConfinement
  var host: any HypervisorHost
  var images: [String]
  var limits: HostLimits
  var holders: ImageHolders
  var ticket: StartTicket
  var tools: ToolRoom
  var seed: SeedFiles?
  /// What the program opens that makes an image of `seed`.
  var seedTool: HypervisorFiles?

  struct Launched: Sendable {
    var process: any HypervisorProcess
    var incarnation: Incarnation
    var listener: DescriptorCell?
    var limitWarnings: [Warning]
  }

  func execute() throws(Failure) -> Launched {
    var resources = Resources()
    do throws(Failure) { try resources.openOwn(paths, spec: spec) } catch { throw error.of(.process) }
    if let seed, let seedTool {
      try Failure.of(.image) { () throws(Failure) in
        try Seed.write(seed, to: paths.seed, by: EquippedToolRoom(room: tools, files: seedTool))
      }
    }
    try resources.openImages(paths, spec: spec, settings: settings, holders: holders)
    guard ticket.commit() else {
      throw Failure(.state, part: .state, operation: "start", object: spec.name, cause: "it was stopped meanwhile")
    }
    for (index, tap) in taps.enumerated() {
      if let descriptor = tap.take() { resources.add(.tap(index), descriptor) }
    }
    for (index, device) in vhosts {
      if let descriptor = device.take() { resources.add(.vhostNet(index), descriptor) }
    }
    if let descriptor = kvm?.take() { resources.add(.kvm, descriptor) }
    if let descriptor = lock.take() { resources.add(.lock, descriptor) }
    let numbers = try resources.numbers(for: plan)

    var group = try Failure.of(.limit) { () throws(Failure) in
      try VMCgroup.prepare(
        spec, id: paths.id, images: images, isEmulated: accelerator.accelerator == .tcg, in: limits)
    }
    var incarnation = Incarnation(
      token: UUID().uuidString.lowercased(), pid: 0, startTime: 0, startedAt: Date(), generation: generation,
      accelerator: accelerator.accelerator == .tcg ? "tcg" : "kvm", weaknesses: accelerator.warning.map { [$0] },
      handles: handles)
    incarnation.images = resources.openImages(plan)
    let confined = confine(imagesAreReadable: resources.canBeReadByAll([.kernel, .initrd]))
    // Written before it is a hypervisor: whoever finds one finds its incarnation too, and it is where its limits are.
    let started = try Failure.of(.hypervisor) { () throws(Failure) in
      try host.start(plan, numbers: numbers, confined) { (pid, startTime) throws(Failure) in
        (incarnation.pid, incarnation.startTime) = (pid, startTime)
        do throws(Failure) { try group.enter(pid: pid) } catch { throw error.of(.limit) }
        do throws(Failure) { try RecordStore.write(incarnation, to: paths.incarnation) } catch {
          throw error.of(.record)
        }
      }
    }
    incarnation.note(started.report, expected: confined.expected)
    // Should this fail, a later life of ours does not know the layers; they are on all the same.
    try? RecordStore.write(incarnation, to: paths.incarnation)
    return Launched(
      process: started.process, incarnation: incarnation, listener: started.listener, limitWarnings: group.warnings)
  }

  private func confine(imagesAreReadable: Bool) -> ConfinementPlan {
    let canChange = ConfinementPlan.canChangeUser(accelerator.accelerator, imagesAreReadable: imagesAreReadable)
    return ConfinementPlan.make(
      files: files, plan: plan, accelerator: accelerator.accelerator, host: confinement.host,
      user: canChange ? confinement.users.user(of: paths.id) : nil, strict: spec.strict || settings.strict)
  }
}
