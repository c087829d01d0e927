package import Failure
import FoundationEssentials
import Glibc
package import IPC
import Linux
import NodeCore
import Storage
import Text

extension Doctor {
  /// What the kernel permits this process.
  package static func kernel() -> [Check] {
    let year = Calendar(identifier: .gregorian).component(.year, from: Date())
    let limits = KernelChecks.limits((try? Files.readText("/proc/self/limits")) ?? "")
    return [
      KernelChecks.userNamespaces(
        most: number("user/max_user_namespaces"), clone: number("kernel/unprivileged_userns_clone"),
        restricted: number("kernel/apparmor_restrict_unprivileged_userns")),
      KernelChecks.landlock(version: landlockVersion),
      KernelChecks.seccomp(actions: try? Files.readText("/proc/sys/kernel/seccomp/actions_avail")),
      limit(
        "limits.files", "open descriptors", limits["Max open files"], least: 8192,
        fix: "LimitNOFILE=65536 in the unit of vmsupervisor; a VM takes about 8"),
      limit(
        "limits.memlock", "locked memory", limits["Max locked memory"], least: Launcher.lockedMemory,
        fix: "LimitMEMLOCK=\(Launcher.lockedMemory) in the unit of vmsupervisor; io_uring needs it"),
      limit(
        "limits.processes", "processes and threads", limits["Max processes"], least: 4096,
        fix: "LimitNPROC=infinity in the unit of vmsupervisor; a VM takes about 10"),
      KernelChecks.sysctl("fs.file-max", number("fs/file-max"), least: 100_000),
      KernelChecks.sysctl("kernel.pid_max", number("kernel/pid_max"), least: 32768),
      KernelChecks.sysctl("vm.max_map_count", number("vm/max_map_count"), least: 65530),
      KernelChecks.clock(synchronised: Clock.isKeptInStep, year: year),
      Files.exists("/dev/net/tun")
        ? .ok("tun", "/dev/net/tun")
        : .fail("tun", "there is no /dev/net/tun: netd can make no ports", fix: "modprobe tun"),
    ]
  }

  /// Of the process that this runs in, the supervisor.
  package static var appArmor: Check {
    let profile = "procurator-vmsupervisor"
    let label = (try? Files.readText("/proc/self/attr/apparmor/current"))?.filter { !$0.isNewline }
    return KernelChecks.appArmor(
      profile: profile, isInstalled: Files.exists("/etc/apparmor.d/\(profile)"), label: label)
  }

  private static var landlockVersion: Int {
    do throws(Errno) {
      guard let list = try Landlock() else { return 0 }
      return Int(list.abi)
    } catch {
      return 0
    }
  }

  /// What the kernel says about networks.
  package static func network(_ shards: [Audit.Shard]) -> [Check] {
    let links = LinkFacts()
    let bridges = shards.compactMap { shard in links.mtu(shard.bridge).map { (name: shard.bridge, mtu: $0) } }
    let route = (try? Files.readText("/proc/self/net/route")) ?? ""
    let uplink = NetworkChecks.uplink(route: route).flatMap { name in links.mtu(name).map { (name: name, mtu: $0) }
    }
    return [
      NetworkChecks.forwarding(
        bridges: bridges.map { forwards($0.name) }, uplink: uplink.map { (name: $0.name, isOn: forwards($0.name)) }),
      NetworkChecks.bridgeFilter(number("net/bridge/bridge-nf-call-iptables")),
      NetworkChecks.mtu(bridges: bridges, uplink: uplink),
    ]
  }

  /// Who serves names: asked at the gateways.
  package static func naming(_ netd: Result<NetworkChecks.Netd, Failure>) -> [Check] {
    let facts = (try? netd.get()).map { NamingLook.lookHere($0.ports, $0.audit, $0.counters, LinkFacts()) }
    return NamingChecks.look(facts, ServiceRemedy(.netdns))
  }

  /// Room where things are written.
  static func spaces(_ settings: Settings) -> [Check] {
    [("space.state", settings.paths.state), ("space.runtime", settings.paths.runtime)].compactMap { name, path in
      FileSystemSpace(name, path: path).map { HostChecks.space(name, $0) }
    }
  }

  /// Room where images of VMs grow.
  static func spaces(ofImages images: [String], _ look: FileLooks.Look) -> [Check] {
    let folders = Set(images.map { $0.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } })
    return folders.sorted().compactMap { folder in
      let path = folder.isEmpty ? "/" : folder
      look.enter(path)
      return FileSystemSpace("space.images", path: path).map { HostChecks.space("space.images", $0) }
    }
  }

  private static func limit(
    _ name: String, _ words: String, _ limit: (soft: UInt64, hard: UInt64)?, least: UInt64, fix: String
  ) -> Check {
    guard let limit else { return .unused(name, "the kernel does not say") }
    return KernelChecks.limit(name, words, soft: limit.soft, hard: limit.hard, least: least, fix: fix)
  }

  private static func forwards(_ interface: String) -> Bool { number("net/ipv4/conf/\(interface)/forwarding") == 1 }

  private static func number(_ key: String) -> Int? {
    (try? Files.readText("/proc/sys/\(key)")).flatMap { Int($0.split(whereSeparator: \.isWhitespace).first ?? "") }
  }
}
