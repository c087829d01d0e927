import Failure
import Foundation
import Life
import Linux
import Logging
import Storage
import Synchronization
import VMSpec

@testable import NodeCore

/// A node without hypervisor, root or netd: real records, a real fleet, machines that are values.
struct FakeNode: Sendable {
  let paths: Paths
  let host: FakeHost
  let fleet: Fleet
  var context: NodeContext { fleet.context }

  /// A node over the files in a folder, as a supervisor that has just been started.
  /// - Parameters:
  ///   - memory: bytes that the host has for VMs.
  ///   - write: how records are written.
  init(
    _ folder: String, _ host: FakeHost, memory: UInt64 = 1 << 40,
    write: @escaping RecordStore.Write = { content, path throws(Errno) in try TurnFile(path).write(content) }
  ) throws {
    let paths = Self.paths(folder)
    self.paths = paths
    self.host = host
    let log = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    let store = RecordStore(paths: paths, write: write)
    try store.prepare()
    let file = folder + "/vmsupervisor.conf"
    try Files.replace(
      file,
      with: Array(
        """
        [Supervisor]
        StateDirectory=\(paths.state)
        RuntimeDirectory=\(paths.runtime)
        NetdSocket=\(folder)/no-netd
        NetdnsSocket=\(folder)/no-netdns
        ConcurrentStarts=64
        """.utf8))
    let events = EventLog(folder: paths.events, losses: paths.runtime + "/events.lost")
    var capacity = Capacity(processors: 1 << 20, memory: memory)
    capacity.reserve = 0
    fleet = Fleet(
      NodeContext(
        settings: try .load(file), store: store, netd: NetdLink(path: folder + "/no-netd"),
        facts: HostFacts(architecture: .x86, hasVirtualization: false, cpuModel: "", tscKHz: nil), backend: host,
        host: host, confinement: HostConfinement(host: .init(), gate: SystemCallGate([]), users: SubordinateUsers([])),
        gate: StartGate(limit: 64), holders: ImageHolders(),
        limits: HostLimits(tree: nil, isStrict: false, capacity: capacity), events: events,
        metrics: MetricsBoard(interval: .seconds(5)), log: log, troubles: HostTroubles(events: events, log: log)))
  }

  static func paths(_ folder: String) -> Paths { Paths(state: folder + "/state", runtime: folder + "/run") }

  /// The supervisor is no more, whatever it was about to do.
  func ends() { for guest in host.guests { guest.supervisorEnds() } }

  func spec(_ name: String, restart: RestartSpec.Policy = .never, disks: [DiskSpec] = []) -> VMSpec {
    var spec = VMSpec(
      name: name, memory: 32 << 20, accel: .tcg, boot: .firmware(.bios), disks: disks, console: false, agent: false)
    spec.restart.policy = restart
    // What is to come is looked at before it comes.
    spec.restart.backoff = 3600
    spec.restart.maxBackoff = 3600
    return spec
  }
}

/// A folder with a name that is short enough for sockets; in memory where that can be had, since every record is synced.
final class ShortFolder: Sendable {
  let path: String

  init() throws {
    path = (Files.exists("/dev/shm") ? "/dev/shm" : "/tmp") + "/pf-\(String(UInt32.random(in: 0 ... .max), radix: 36))"
    try Files.makeFolders(path)
  }

  deinit { try? Files.removeFolder(path) }
}

extension VirtualMachine {
  /// Of its hypervisor.
  var pid: Int32? { run?.process.pid }
}
