import Failure
import FoundationEssentials
import Glibc
import Hypervisor
package import IPC
import Life
import Linux
package import NodeCore
import Storage
import Text
import VMSpec

extension VMFacts {
  /// Reading our own files, while the VM's own queue may be making a disk.
  private static let queue = BlockingQueue("explain")
  /// Lines of a log that are shown.
  private static let lines = 10
  /// How long a guest agent may take to answer.
  private static let agentTimeout: Duration = .seconds(3)

  /// Asks everybody who knows something about a VM.
  package static func gather(_ vm: VirtualMachine) async -> VMFacts {
    let context = vm.context
    let status = await vm.status
    let record = status.record
    var facts = VMFacts(id: vm.id, name: vm.name)
    facts.desired = record.desired
    facts.state = record.state
    facts.why = record.why
    facts.images = record.imagesTrouble
    facts.snapshots = record.snapshotTroubles
    facts.cut = status.progress.cut
    if let run = status.incarnation {
      let answers = await vm.machine != nil
      facts.process = Process(
        pid: run.pid, seconds: UInt64(run.age), accelerator: run.accelerator, answers: answers)
    }
    facts.warnings = status.warnings
    let progress = status.progress
    facts.stall = progress.stall
    facts.loop = progress.loop
    facts.secondsInState = UInt64(max(0, progress.secondsInState))
    if progress.health == .unhealthy { facts.unhealthy = progress.unhealthyReason }
    if let pause = progress.nextRestart {
      facts.restart = .waits(attempt: progress.attempt, seconds: UInt64(max(0, pause.components.seconds)) + 1)
    } else if await vm.summary.hasGivenUp {
      facts.restart = .gaveUp
    }
    facts.agent = await agent(of: vm, record.spec, connected: vm.life.agentConnected)
    await facts.askNetd(context, record)
    let paths = status.paths
    let settings = context.settings
    let holders = record.state.hasProcess ? nil : context.holders
    let looked = await context.looks.look(for: vm.id) { look in
      let files = FileFacts.look(
        record.spec, paths: paths, settings: settings, known: record.images ?? [], holders: holders, look)
      return (files, Self.spaces(of: record.spec, look))
    }
    let own = await queue.run { Self.spaces(settings) }
    switch looked {
    case .success((let files, let spaces)): (facts.files, facts.spaces) = (files, Self.different(own + spaces))
    case .failure(let failure):
      (facts.files, facts.spaces) = ([Reason(.blocks, .disk, failure)], Self.different(own))
    }
    facts.console = await queue.run { LogTail.lines(paths.consoleLog, Self.lines) }
    facts.hypervisorLogPath = paths.processLog
    facts.hypervisorLog = await queue.run { LogTail.lines(paths.processLog, Self.lines) }
    await facts.askHypervisor(context, record.spec)
    facts.host = context.troubles.beside
    return facts
  }

  private static func agent(of vm: VirtualMachine, _ spec: VMSpec, connected: Bool) async -> Agent {
    guard spec.agent else { return .notWanted }
    guard connected, let agent = await vm.agent else { return await vm.hadAgent ? .gone : .absent }
    do throws(Failure) { try await agent.ping(timeout: agentTimeout) } catch {
      return .silent(
        Failure(
          error.code, part: .agent, operation: "ask the guest agent", object: vm.name,
          cause: "its port is open, but: \(error.cause)",
          remedy:
            "the guest may be overloaded or hung: vmsupervisor console \(vm.name); if only the agent stands still, there: "
            + "kill -CONT $(pidof qemu-ga)", errno: error.errno))
    }
    return .answers
  }

  private mutating func askNetd(_ context: NodeContext, _ record: Record) async {
    let netd = context.netd
    guard !record.spec.nics.isEmpty else { return }
    naming += context.nameTroubles(record)
    var entries: [Ports.Entry] = []
    var audit: Audit.Reply?
    do throws(Failure) {
      entries = try await netd.ports()
      audit = try await netd.audit()
    } catch {
      self.netd = error
    }
    let links = LinkFacts()
    ports = Self.ports(of: record, entries, audit?.shards ?? [], links)
    if record.state.hasProcess, let audit, let counters = try? await netd.counters() {
      let networks = Set(ports.map(\.network))
      let own = entries.filter { networks.contains($0.slot.network) }
      naming += await context.naming.troubles(
        NamingLook.look(own, audit, counters, links), ServiceRemedy(.netdns)
      ).filter { $0.concerns(record) }.map(\.failure)
    }
    let bridges = Set(ports.map(\.bridge))
    findings = (audit?.findings ?? []).filter { finding in
      finding.vm == record.identity || finding.kind == .blocked || bridges.contains(finding.interface)
    }
  }

  /// The NICs of a VM as netd and the kernel show them.
  package static func ports(
    of record: Record, _ entries: [Ports.Entry], _ shards: [Audit.Shard], _ links: LinkFacts
  ) -> [Port] {
    zip(record.devices.nics.map(\.number), record.spec.nics).map { index, nic in
      var port = Port(nic: index, network: nic.network)
      let saved = record.ports.first { Int($0.nic) == index }
      let entry = entries.first { $0.vm == record.identity && Int($0.nic) == index }
      port.tap = entry?.port.tap ?? saved?.tap ?? ""
      port.state = entry?.state
      let own = shards.filter { $0.slot.network == nic.network }
      port.used = own.reduce(0) { $0 + Int($1.used) }
      port.most = own.reduce(0) { $0 + Int($1.max) }
      port.bridge = own.first { $0.slot.shard == entry?.slot.shard ?? saved?.shard ?? 0 }?.bridge ?? ""
      if record.state.hasProcess, record.state != .starting { port.link = links.look(port.tap, bridge: port.bridge) }
      return port
    }
  }

  private static func spaces(_ settings: Settings) -> [FileSystemSpace] {
    [
      FileSystemSpace("the supervisor's state", path: settings.paths.state),
      FileSystemSpace("the supervisor's sockets", path: settings.paths.runtime),
    ].compactMap(\.self)
  }

  private static func spaces(of spec: VMSpec, _ look: FileLooks.Look) -> [FileSystemSpace] {
    spec.disks.enumerated().compactMap { index, disk in
      guard !disk.readonly, let path = disk.path else { return nil }
      look.enter(path)
      return FileSystemSpace("disk \(disk.effectiveName(at: index))", path: path)
    }
  }

  /// Two of them are mostly on one file system.
  private static func different(_ spaces: [FileSystemSpace]) -> [FileSystemSpace] {
    var seen: [FileSystemSpace] = []
    for space in spaces
    where !seen.contains(where: { $0.freeBytes == space.freeBytes && $0.totalBytes == space.totalBytes }) {
      seen.append(space)
    }
    return seen
  }

  private mutating func askHypervisor(_ context: NodeContext, _ spec: VMSpec) async {
    do throws(Failure) {
      let capabilities = try await context.backend.capabilities()
      if !state.hasProcess {
        try capabilities.check(spec, program: context.backend.path)
        try await context.checkAccelerator(spec, capabilities)
      }
    } catch {
      if error.part == .accelerator { accelerator = error } else { hypervisor = error }
    }
    let launcher = context.settings.launcher
    if hypervisor == nil, access(launcher, X_OK) != 0 {
      hypervisor = Errno(errno).failure(
        "start launcher", launcher, remedy: "install it, or set Launcher= in the configuration"
      ).of(.hypervisor)
    }
  }
}

extension NodeContext {
  /// Throws what a start now would say about the accelerator.
  fileprivate func checkAccelerator(_ spec: VMSpec, _ capabilities: Capabilities) async throws(Failure) {
    let device = capabilities.takesKVMDescriptor && spec.accel == .kvm ? try? await netd.device(.kvm) : nil
    let host = HostKVM(
      hasDescriptor: device != nil, opensByPath: HostFacts.opensKVM, hasVirtualization: facts.hasVirtualization,
      architecture: facts.architecture)
    _ = try backend.accelerator(for: spec, on: host, capabilities)
  }
}
