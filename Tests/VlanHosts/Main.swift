import Failure
import Glibc

/// vlanhosts: the first process of a small machine whose kernel has VLANs. Two network namespaces of it stand for hosts,
/// each with a netd, and the namespace of the machine for the switch between them. Prints what holds and what does not,
/// and switches the machine off.
@main
struct Main {
  static func main() {
    var report = Report()
    do {
      try prepare()
      try Scenario.run(&report)
    } catch { report.fail("it ended early: \(error)") }
    report.end()
    // The first process must not end by itself.
    try? Command.run("poweroff", "-f")
    while true { pause() }
  }

  /// Nothing but the TAP driver is loaded: the kernel fetches the modules that netd's requests need, as on any host.
  private static func prepare() throws {
    for (kind, place) in [("proc", "/proc"), ("sysfs", "/sys"), ("tmpfs", "/run")] {
      try Command.run("mount", "-t", kind, kind, place)
    }
    // The kernel may have mounted it already.
    try? Command.run("mount", "-t", "devtmpfs", "dev", "/dev")
    try Command.run("modprobe", "tun")
  }
}
