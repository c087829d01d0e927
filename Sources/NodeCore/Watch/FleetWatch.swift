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
    var round = 0
    while !Task.isCancelled {
      let troubles = fleet.context.troubles
      troubles.noteClock(clock.trouble(wall: Clock.wall(), sinceBoot: Clock.sinceBoot()))
      let state = fleet.context.paths.state
      troubles.noteRoom(FileSystemSpace("the supervisor's state", path: state))
      for vm in await fleet.all() { await vm.lookAfter(round) }
      round += 1
      try? await Task.sleep(for: Self.interval)
    }
  }
}
