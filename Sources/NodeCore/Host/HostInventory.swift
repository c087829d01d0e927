import Glibc
import Linux
package import Text

/// What a host is made of, as far as those ask who place VMs. Looked up each time: mounts and addresses change.
package struct HostInventory: Sendable {
  package var processors: ProcessorTopology
  package var storage: [FileSystem]
  package var links: [HostLink]
  /// The interface of the default route; nil if there is none.
  package var defaultLink: String?
  /// Whether KVM of this host lets guests have KVM, and we may use it.
  package var hasNestedKVM: Bool
  /// Whether images can be worked on.
  package var hasImageTool: Bool

  /// A file system that keeps data.
  package struct FileSystem: Hashable, Sendable {
    package var mount: MountTable.Mount
    /// Nil if it does not answer.
    package var room: Room?

    /// Bytes.
    package struct Room: Hashable, Sendable {
      package var total: UInt64
      /// What is in use, and what whoever is not root can still have: together less than all where root keeps a part.
      package var used: UInt64
      package var available: UInt64
    }
  }

  private static let queue = BlockingQueue("inventory")

  /// Looks at the host.
  /// - Parameters:
  ///   - taps: names of the VMs' interfaces.
  ///   - looks: by what file systems are looked at: one that hangs keeps nobody.
  package static func gather(taps: Set<String>, imageTool: String, by looks: FileLooks) async -> HostInventory {
    let (found, mounts) = await queue.run {
      var processors = ProcessorTopology(cpuinfo: (try? Files.readText("/proc/cpuinfo", limit: 1 << 24)) ?? "")
      let highest = (try? Files.readText("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", limit: 64)) ?? ""
      if let kilohertz = UInt64(highest.prefix { $0 != "\n" }) { processors.megahertz = kilohertz / 1000 }
      let route = (try? Files.readText("/proc/self/net/route", limit: 1 << 22)) ?? ""
      let route6 = (try? Files.readText("/proc/self/net/ipv6_route", limit: 1 << 22)) ?? ""
      let inventory = HostInventory(
        processors: processors, storage: [], links: HostLink.all(except: taps),
        defaultLink: DefaultRoute.interface(route: route) ?? DefaultRoute.interface(ipv6Route: route6),
        hasNestedKVM: HostFacts.opensKVM && ["kvm_intel", "kvm_amd"].contains { isNested($0) },
        hasImageTool: access(imageTool, X_OK) == 0)
      let mounts = (try? Files.readText("/proc/self/mountinfo", limit: 1 << 24)) ?? ""
      return (inventory, MountTable.lasting(mounts))
    }
    var inventory = found
    inventory.storage = await withTaskGroup(of: (Int, FileSystem).self) { group in
      for (index, mount) in mounts.enumerated() {
        group.addTask { (index, FileSystem(mount: mount, room: await room(mount.point, by: looks))) }
      }
      return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
    return inventory
  }

  private static func isNested(_ module: String) -> Bool {
    let text = (try? Files.readText("/sys/module/\(module)/parameters/nested", limit: 16)) ?? ""
    return ["Y", "1"].contains(text.prefix { $0 != "\n" })
  }

  private static func room(_ point: String, by looks: FileLooks) async -> FileSystem.Room? {
    let found = await looks.look(for: "mount \(point)") { look -> FileSystem.Room? in
      look.enter(point)
      var status = statvfs()
      guard statvfs(point, &status) == 0 else { return nil }
      let size = UInt64(status.f_frsize)
      func bytes(_ blocks: UInt64) -> UInt64 { blocks.multipliedReportingOverflow(by: size).partialValue }
      let (all, free) = (UInt64(status.f_blocks), UInt64(status.f_bfree))
      return FileSystem.Room(
        total: bytes(all), used: bytes(all - min(all, free)), available: bytes(UInt64(status.f_bavail)))
    }
    return (try? found.get()) ?? nil
  }
}

extension HostInventory {
  /// Where others reach this host.
  /// - Parameter listening: where the API listens, if the network reaches it.
  package func managementAddress(_ listening: NetworkAddress?) -> String {
    if let listening, !listening.isLoopback, !["0.0.0.0", "::"].contains(listening.host) { return listening.host }
    let addresses = links.first { $0.name == defaultLink }?.addresses ?? []
    return addresses.first.map { String($0.prefix { $0 != "/" }) } ?? ""
  }
}
