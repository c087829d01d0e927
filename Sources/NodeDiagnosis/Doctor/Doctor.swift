package import Failure
import FoundationEssentials
import Glibc
package import Hypervisor
import IPC
import Linux
package import NodeCore

/// Looks at everything that VMs need of this host, with the rights of the process that it runs in.
package enum Doctor {
  /// Reading files and making probes, beside everybody's tasks.
  private static let queue = BlockingQueue("doctor")

  /// What the supervisor sees.
  package static func examine(_ fleet: Fleet) async -> [Check] {
    let context = fleet.context
    let settings = context.settings
    let capabilities = await capabilities(context.backend)
    let netd = await netd(context.netd)
    let fromNetd = await gives(.kvm, context.netd)
    let vhost = await gives(.vhostNet, context.netd)
    let vms = await fleet.all()
    var disks: [String] = []
    for vm in vms { disks += await vm.record.spec.disks.filter { !$0.readonly }.compactMap(\.path) }
    let images = disks
    let kvm = KVMFacts(capabilities, of: context.backend, fromNetd: fromNetd, host: context.facts)
    var checks = [kvm.check, ProgramChecks.hypervisor(context.backend, capabilities)]
    checks += ProgramChecks(settings: settings).all
    checks += await queue.run { [appArmor] + kernel() + spaces(settings) }
    switch await context.looks.look(for: "doctor", { spaces(ofImages: images, $0) }) {
    case .success(let spaces): checks += spaces
    case .failure(let failure): checks.append(.failed("space.images", failure, .warn))
    }
    let limits = context.limits
    checks += CgroupChecks.look(
      absence: limits.absence, controllers: limits.tree?.controllers ?? [], missing: limits.tree?.missing ?? [:])
    checks += NetworkChecks.netd(netd, ownVersion: Release.version) + [NetworkChecks.vhost(vhost)]
    checks += await queue.run { network((try? netd.get())?.audit.shards ?? []) + naming(netd) }
    checks += context.troubles.checks
    checks += HostChecks.records(await fleet.quarantined, count: vms.count)
    for vm in vms {
      if let trouble = await vm.uprooted { checks.append(.failed("sockets.\(vm.name)", trouble, .warn)) }
    }
    checks += HostChecks.leftover(await HostAudit.look(fleet).leftover)
    checks.append(HostChecks.events(context.events.trouble))
    return checks
  }

  /// What can be seen without a supervisor, by whoever runs this command.
  package static func examineAlone(_ settings: Settings, _ backend: any Backend) async -> [Check] {
    let capabilities = await capabilities(backend)
    let netd = await queue.run { NetdPeek.look(settings.netdSocket) }
    let kvm = KVMFacts(capabilities, of: backend, fromNetd: nil, host: .gather())
    var checks = [kvm.check, ProgramChecks.hypervisor(backend, capabilities)]
    checks += ProgramChecks(settings: settings).all
    checks += await queue.run { kernel() + spaces(settings) }
    checks += NetworkChecks.netd(netd, ownVersion: Release.version)
    checks.append(NetworkChecks.vhost(Files.exists("/dev/vhost-net")))
    checks += await queue.run { network((try? netd.get())?.audit.shards ?? []) + naming(netd) }
    return checks
  }

  private static func capabilities(_ backend: any Backend) async -> Result<Capabilities, Failure> {
    do throws(Failure) { return .success(try await backend.capabilities()) } catch { return .failure(error) }
  }

  private static func netd(_ link: NetdLink) async -> Result<NetworkChecks.Netd, Failure> {
    do throws(Failure) {
      return .success(
        NetworkChecks.Netd(
          version: try await link.version(), audit: try await link.audit(), counters: try await link.counters(),
          ports: try await link.ports(), mended: try await link.mended(after: 0).last))
    } catch {
      return .failure(error)
    }
  }

  /// Whether netd hands out a device; nil if it does not answer.
  private static func gives(_ device: DeviceKind, _ link: NetdLink) async -> Bool? {
    do throws(Failure) {
      _ = try await link.device(device)
      return true
    } catch {
      return error.code == .unavailable ? nil : false
    }
  }
}

extension KVMFacts {
  fileprivate init(
    _ capabilities: Result<Capabilities, Failure>, of backend: any Backend, fromNetd: Bool?, host: HostFacts
  ) {
    self.init(
      exists: Files.exists("/dev/kvm"), opensByPath: HostFacts.opensKVM, comesFromNetd: fromNetd,
      isTaken: (try? capabilities.get())?.takesKVMDescriptor, hypervisor: backend.name,
      firstToTakeIt: backend.firstWithKVMDescriptor, hasVirtualization: host.hasVirtualization,
      architecture: host.architecture)
  }
}
