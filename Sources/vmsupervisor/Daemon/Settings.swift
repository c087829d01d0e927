import Configuration
import Failure
import Glibc

/// The daemon's configuration, `/etc/procurator/vmsupervisor.conf`, section `[Supervisor]`.
struct Settings: Sendable {
  var paths: Paths
  /// Where the command line and control planes on this host connect.
  var socket: String
  /// Permission bits of that socket; its group decides who may use it.
  var socketMode: UInt32
  /// Group of that socket; empty leaves the supervisor's own.
  var socketGroup: String
  var netdSocket: String
  var launcher: String
  var qemu: String
  /// UEFI code and the template of its variables.
  var firmwareCode: String
  var firmwareVariables: String
  /// Hypervisors that are being started at the same time.
  var concurrentStarts: Int
  var allowRoot: Bool
  /// Where metrics are offered; nil is nowhere.
  var metrics: MetricsAddress?

  /// Where it is read from when nobody says otherwise.
  static let defaultPath = "/etc/procurator/vmsupervisor.conf"
  /// Where the daemon listens when nobody says otherwise.
  static let defaultSocket = "/run/procurator/vmsupervisor.sock"

  private static let rules = [
    ConfigurationRule(
      section: "Supervisor",
      keys: [
        "StateDirectory", "RuntimeDirectory", "Socket", "SocketMode", "SocketGroup", "NetdSocket", "Launcher", "QEMU",
        "FirmwareCode", "FirmwareVariables", "ConcurrentStarts", "AllowRoot",
        "MetricsListen",
      ])
  ]

  /// Reads the file at `path`, or takes the defaults if no path is given and the usual file is not there.
  static func load(_ path: String?) throws(Failure) -> Settings {
    let file = try ConfigurationFile.load(path ?? defaultPath, optional: path == nil)
    try file.check(rules)
    let section = file.section("Supervisor")
    let runtime = section.text("RuntimeDirectory") ?? "/run/procurator"
    return Settings(
      paths: Paths(state: section.text("StateDirectory") ?? "/var/lib/procurator", runtime: runtime),
      socket: section.text("Socket") ?? runtime + "/vmsupervisor.sock",
      socketMode: try section.mode("SocketMode", default: 0o660),
      socketGroup: section.text("SocketGroup") ?? "",
      netdSocket: section.text("NetdSocket") ?? "/run/procurator/netd.sock",
      launcher: section.text("Launcher") ?? "/usr/libexec/procurator/vmlaunch",
      qemu: section.text("QEMU") ?? "/usr/bin/qemu-system-x86_64",
      firmwareCode: section.text("FirmwareCode") ?? "/usr/share/OVMF/OVMF_CODE.fd",
      firmwareVariables: section.text("FirmwareVariables") ?? "/usr/share/OVMF/OVMF_VARS.fd",
      concurrentStarts: try section.count("ConcurrentStarts", default: 4, in: 1...256),
      allowRoot: try section.flag("AllowRoot", default: false), metrics: try metrics(section))
  }

  /// Only processes of this host can reach it there.
  private static let defaultMetrics = "127.0.0.1:9477"

  private static func metrics(_ section: ConfigurationSection) throws(Failure) -> MetricsAddress? {
    let text = section.text("MetricsListen") ?? defaultMetrics
    if text == "off" { return nil }
    guard let address = MetricsAddress(text) else {
      throw section.failure(
        "MetricsListen", "\"\(text)\" is no address", cure: "write \(defaultMetrics), [::1]:9477, unix:/PATH or off")
    }
    return address
  }

  /// Refuses to run with more right than the work needs.
  func checkUser() throws(Failure) {
    guard geteuid() == 0, !allowRoot else { return }
    throw Failure(
      .denied, step: "start", object: "vmsupervisor", cause: "it runs as root, and nothing it does needs that",
      cure: "run it as the user procurator, or set AllowRoot=yes")
  }
}
