import Failure
import IPC
package import NodeCore

/// Tells running VMs when a port of theirs is not what the guest thinks: a TAP that somebody removed, a bridge that is gone.
///
/// QEMU does not notice, so nobody would.
package struct PortWatch {
  package let fleet: Fleet

  package init(fleet: Fleet) {
    self.fleet = fleet
  }

  /// How often it looks.
  private static let interval: Duration = .seconds(5)

  /// The family of what is wrong with ports and names of a running VM.
  static let family = "network"

  private static func warnings(_ of: String, _ failures: [Failure]) -> [Warning] {
    failures.enumerated().map { Warning(id: "\(family).\(of).\($0)", part: .network, $1) }
  }

  /// Looks until it is cancelled.
  package func run() async {
    var last: [String: [Warning]] = [:]
    while !Task.isCancelled {
      last = await look(last)
      try? await Task.sleep(for: Self.interval)
    }
  }

  /// Tells what was seen the last time too: netd may just be reading its ports back, or plugging one in again.
  /// - Returns: what was seen now, by VM.
  private func look(_ last: [String: [Warning]]) async -> [String: [Warning]] {
    var running: [(vm: VirtualMachine, record: Record)] = []
    for vm in await fleet.all() {
      let record = await vm.record
      if record.state == .running || record.state == .paused, !record.spec.nics.isEmpty { running.append((vm, record)) }
    }
    let netd = fleet.context.netd
    if running.isEmpty {
      fleet.context.naming.clear()
      await netd.miss([:])
    }
    guard !running.isEmpty, let entries = try? await netd.ports(), let audit = try? await netd.audit(),
      let counters = try? await netd.counters()
    else { return last }
    let links = LinkFacts()
    let names = await fleet.context.hearOfNames(await NamingLook.look(entries, audit, counters, links))
    let byVM = Dictionary(grouping: entries, by: \.vm)
    var seen: [String: [Warning]] = [:]
    var missing: [LeaseKey: String] = [:]
    for (vm, record) in running {
      let own = byVM[record.identity] ?? []
      let ports = VMFacts.ports(of: record, own, audit.shards, links)
      let found = ports.map { port in
        Self.warnings("\(port.nic)", port.reasons(runs: true, name: vm.name, findings: audit.findings).map(\.failure))
      }
      let warnings = found.flatMap(\.self)
      seen[vm.id] = warnings
      for (port, own) in zip(ports, found) where port.link == .missing {
        // Not only by what is the same in all: another port's trouble may come and go meanwhile.
        guard own.allSatisfy({ last[vm.id]?.contains($0) == true }) else { continue }
        missing[LeaseKey(vm: record.identity, nic: UInt8(clamping: port.nic))] = port.tap
      }
      guard last[vm.id] == warnings else { continue }
      let unnamed = Self.warnings(
        "names",
        names.filter { $0.concerns(record) }.map(\.failure) + [fleet.context.names.trouble(record)].compactMap(\.self))
      await vm.heardOfPorts(warnings + unnamed, family: Self.family, generation: record.generation)
      for port in ports where port.link == .missing { await vm.dropDeadTap(port.tap, of: port.nic) }
    }
    await netd.miss(missing)
    return seen
  }
}
