import Failure
import FoundationEssentials
import Linux
import Storage

/// Looks whether the images of running VMs still lie where their names say. A guest goes on with a file that has lost its
/// name, and everything that it writes is gone with its stop; nobody else would notice before.
package struct ImageWatch: Sendable {
  package let fleet: Fleet

  package init(fleet: Fleet) {
    self.fleet = fleet
  }

  /// How often it looks.
  private static let interval: Duration = .seconds(2)

  /// Never returns before it is cancelled.
  package func run() async {
    while !Task.isCancelled {
      try? await Task.sleep(for: Self.interval)
      for vm in await fleet.all() { await vm.lookAtImages() }
    }
  }
}
