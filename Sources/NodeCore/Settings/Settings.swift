package import Configuration
package import Failure
import Glibc
import Storage
import Text
import VMSpec

/// The daemon's configuration, `/etc/procurator/vmsupervisor.conf`, sections `[Supervisor]`, `[Storage]`, `[API]` and `[VNC]`.
package struct Settings: Sendable {
  package var paths: Paths
  /// Where the command line and control planes on this host connect.
  package var socket: String
  /// Permission bits of that socket; its group decides who may use it.
  package var socketMode: UInt32
  /// Group of that socket; empty leaves the supervisor's own.
  package var socketGroup: String
  /// Where those connect who may only look, if its folder is there: it is the folder's group that may. nil is nowhere.
  package var readSocket: String?
  package var netdSocket: String
  /// Where netdns is told names and domain lists.
  package var netdnsSocket: String
  package var launcher: String
  package var qemu: String
  /// UEFI code and the template of its variables.
  package var firmwareCode: String
  package var firmwareVariables: String
  /// Hypervisors that are being started at the same time.
  package var concurrentStarts: Int
  var allowRoot: Bool
  /// Bytes of a console's past that a reader may ask for, and that a slow reader may be late by.
  var consoleHistory: Int
  /// Most bytes of the log of a console.
  var consoleLogSize: UInt64
  /// Whether a layer of confinement or a limit that the host does not have forbids the start of every VM.
  package var strict: Bool
  /// How far VMs may be promised more than the host has.
  var overcommit: Capacity
  /// Where metrics are offered; nil is nowhere.
  package var metrics: MetricsAddress?
  /// Time between two collections of metrics.
  package var metricsInterval: Duration
  /// Folders that pools may lie in.
  package var poolRoots: [String]
  /// Folders in whose folders VMs are saved, the usual one first.
  package var saveRoots: [String]
  /// From where images are fetched, and how.
  package var fetch: FetchSettings
  /// Where the network reaches it.
  package var api: APISettings
  /// Where viewers from elsewhere find screens; nil is nowhere.
  package var vnc: VNCSettings?

  /// Where it is read from when nobody says otherwise.
  package static let defaultPath = InstalledPaths.supervisorConfiguration

  package static let rules = [
    ConfigurationRule(
      section: "Supervisor",
      keys: [
        "StateDirectory", "RuntimeDirectory", "Socket", "SocketMode", "SocketGroup", "ReadSocket", "NetdSocket",
        "NetdnsSocket", "Launcher", "QEMU", "FirmwareCode", "FirmwareVariables", "ConcurrentStarts", "AllowRoot",
        "ConsoleHistory",
        "ConsoleLogSize", "Strict", "MetricsListen", "MetricsInterval",
      ] + Capacity.keys),
    ConfigurationRule(section: "Storage", keys: ["Pools", "Saves"] + FetchSettings.keys), APISettings.rule,
    VNCSettings.rule,
  ]

  /// Reads the file at `path`, or takes the defaults if no path is given and the usual file is not there.
  package static func load(_ path: String?) throws(Failure) -> Settings {
    let file = try ConfigurationFile.load(path ?? defaultPath, optional: path == nil)
    try file.check(rules)
    let section = file.section("Supervisor")
    let runtime = section.text("RuntimeDirectory") ?? "/run/procurator"
    let paths = Paths(state: section.text("StateDirectory") ?? "/var/lib/procurator", runtime: runtime)
    return Settings(
      paths: paths,
      socket: section.text("Socket") ?? runtime + "/vmsupervisor.sock",
      socketMode: try section.mode("SocketMode", default: 0o660),
      socketGroup: section.text("SocketGroup") ?? "",
      readSocket: section.text("ReadSocket").map { $0 == "off" ? nil : $0 } ?? runtime + "/read/vmsupervisor.sock",
      netdSocket: section.text("NetdSocket") ?? "/run/procurator/netd.sock",
      netdnsSocket: section.text("NetdnsSocket") ?? "/run/procurator/netdns.sock",
      launcher: section.text("Launcher") ?? "/usr/libexec/procurator/vmlaunch",
      qemu: section.text("QEMU") ?? "/usr/bin/qemu-system-x86_64",
      firmwareCode: section.text("FirmwareCode") ?? "/usr/share/OVMF/OVMF_CODE_4M.fd",
      firmwareVariables: section.text("FirmwareVariables") ?? "/usr/share/OVMF/OVMF_VARS_4M.fd",
      concurrentStarts: try section.count("ConcurrentStarts", default: 4, in: 1...256),
      allowRoot: try section.flag("AllowRoot", default: false),
      consoleHistory: Int(try size(section, "ConsoleHistory", default: 1 << 20, in: 4096...64 << 20)),
      consoleLogSize: try size(section, "ConsoleLogSize", default: 16 << 20, in: 64 << 10...1 << 40),
      strict: try section.flag("Strict", default: false),
      overcommit: try Capacity(section), metrics: try metrics(section),
      metricsInterval: .seconds(try section.count("MetricsInterval", default: 5, in: 1...3600)),
      poolRoots: try roots(file.section("Storage"), "Pools", paths.pools),
      saveRoots: try roots(file.section("Storage"), "Saves", paths.saves),
      fetch: try FetchSettings(file.section("Storage")), api: try APISettings(file.section("API")),
      vnc: try VNCSettings.read(file.section("VNC")))
  }

  /// A network client says where something is to be: the administrator says where it may.
  private static func roots(
    _ section: ConfigurationSection, _ key: String, _ usual: String
  ) throws(Failure) -> [String] {
    var roots: [String] = []
    for text in section.list(key, default: [usual]) {
      do throws(Failure) { roots.append(try PoolPath.normal(text, "read configuration", field: key)) } catch {
        throw section.failure(key, "\"\(text)\": \(error.cause)", remedy: error.remedy)
      }
    }
    return roots
  }

  private static func size(
    _ section: ConfigurationSection, _ key: String, default fallback: UInt64, in range: ClosedRange<UInt64>
  ) throws(Failure) -> UInt64 {
    guard let text = section.text(key) else { return fallback }
    guard let bytes = Size.bytes(text) else {
      throw section.failure(key, "\"\(text)\" is not a valid size", remedy: "write one like \(Size.text(fallback))")
    }
    guard range.contains(bytes) else {
      throw section.failure(
        key, "\(text) is outside \(Size.text(range.lowerBound)) to \(Size.text(range.upperBound))")
    }
    return bytes
  }

  /// Only processes of this host can reach it there.
  private static let defaultMetrics = "127.0.0.1:9477"

  private static func metrics(_ section: ConfigurationSection) throws(Failure) -> MetricsAddress? {
    let text = section.text("MetricsListen") ?? defaultMetrics
    if text == "off" { return nil }
    guard let address = MetricsAddress(text) else {
      throw section.failure(
        "MetricsListen", "\"\(text)\" is no address", remedy: "write \(defaultMetrics), [::1]:9477, unix:/PATH or off")
    }
    return address
  }

  /// Refuses to run with more right than the work needs.
  package func checkUser() throws(Failure) {
    guard geteuid() == 0, !allowRoot else { return }
    throw Failure(
      .denied, operation: "start", object: "vmsupervisor", cause: "it runs as root, and nothing it does needs that",
      remedy: "run it as the user procurator, or set AllowRoot=yes")
  }
}
