import Failure
import Life
import Linux
import Storage

/// Looks on a clock whether running VMs do what their states say, and whether somebody has set the host's clock.
package struct FleetWatch {
  package let fleet: Fleet

  package init(fleet: Fleet) {
    self.fleet = fleet
  }

  /// How often it looks.
  private static let interval: Duration = .seconds(5)

  /// Looks until it is cancelled.
  package func run() async {
    var clock = ClockWatch()
    var load = HostLoad()
    var round = 0
    while !Task.isCancelled {
      let troubles = fleet.context.troubles
      troubles.noteClock(clock.trouble(wall: Clock.wall(), sinceBoot: Clock.sinceBoot()))
      tell(load.look(.now()))
      let state = fleet.context.paths.state
      troubles.noteRoom(FileSystemSpace("the supervisor's state", path: state))
      for vm in await fleet.all() { await vm.lookAfter(round) }
      round += 1
      try? await Task.sleep(for: Self.interval)
    }
  }

  private func tell(_ finding: HostLoad.Finding?) {
    switch finding {
    case .overloaded(let why):
      fleet.context.log.warning("memory of this host is scarce: \(why.cause)")
      fleet.context.events.append(
        HostEvent(kind: .warning, what: "memory of this host is scarce", actor: .host, why: why, change: .overloaded))
    case .recovered:
      fleet.context.log.notice("there is enough memory on this host again")
      fleet.context.events.append(
        HostEvent(kind: .warning, what: "there is enough memory on this host again", actor: .host, change: .recovered))
    case nil: break
    }
  }
}

extension HostLoad.Reading {
  /// What the kernel says now.
  fileprivate static func now() -> HostLoad.Reading {
    let memory = MemoryInfo.read()
    return HostLoad.Reading(
      total: memory["MemTotal"] ?? 0, available: memory["MemAvailable"] ?? .max,
      stalled: (try? Files.readText("/proc/pressure/memory", limit: 1024)).flatMap(HostLoad.stalled))
  }
}
