import Configuration
import Failure
import Glibc
import IPC
import IPCFrames
import Linux
import NetworkPlan

/// netd: the patch panel between guests and the host's networks.
@main
struct Main {
  static let usage = """
    usage: netd [--config FILE] [--check]
           netd --version | --help
    Gives virtual machines their network ports and devices. Runs as root.

      --config FILE  read FILE and FILE.d/*.conf (default \(NetdSettings.defaultPath), which may be missing)
      --check        read the configuration, say what is wrong with it or does not fit this host, and end

    """

  /// Exit statuses: sysexits.h where it has one.
  enum Exit: Int32 {
    case good = 0
    case failed = 1
    case usage = 64
    case configuration = 78
  }

  static func main() {
    var path: String?
    var isCheck = false
    var arguments = CommandLine.arguments.dropFirst()
    while let argument = arguments.popFirst() {
      switch argument {
      case "--config":
        guard let value = arguments.popFirst() else { end(.usage, "--config needs a file\n" + usage) }
        path = value
      case "--check": isCheck = true
      case "--version": end(.good, "netd \(Release.version)\n")
      case "--help", "-h": end(.good, usage)
      default: end(.usage, "unknown argument \(argument)\n" + usage)
      }
    }
    let settings: NetdSettings
    do {
      settings = try NetdSettings(
        ConfigurationFile.load(path ?? NetdSettings.defaultPath, optional: path == nil), .ofHost)
      if isCheck {
        // What a start would say.
        let taken = try Links.taken(Layout(settings.networks)).map { "netd: \($0.network): \($0.words)\n" }
        end(.good, taken.joined() + "netd: the configuration is good\n")
      }
    } catch { end(.configuration, "netd: \(error)\n") }
    do { try serve(settings) } catch { end(.failed, "<3>netd: \(error)\n") }
  }

  private static func serve(_ settings: NetdSettings) throws(Failure) {
    guard geteuid() == 0 else {
      throw Failure(
        .denied, operation: "start netd", cause: "it is not root", remedy: "start it by systemd or with sudo")
    }
    umask(0o022)
    _ = chdir("/")
    let given = ServiceManager.listeners()
    // Whatever else a careless parent left open must not be open in a root process.
    do { try Privileges.closeDescriptors(from: 3 + Int32(given.count)) } catch {
      throw error.failure("close descriptors")
    }
    let service = ServiceManager()
    let listener = try ServiceListener.open(
      settings.socket, given: given, owner: 0, group: settings.socketGroup, mode: settings.socketMode)
    let stop = try StopSignal.install()
    try Sandbox.enter()
    let daemon = try Daemon(settings, log: JournalLog(program: "netd"), service: service, frame: Wire.maxFrame)
    defer { if let path = listener.ownPath { unlink(path) } }
    try daemon.run(listener, stop: stop)
  }

  private static func end(_ exit: Exit, _ text: String) -> Never {
    let bytes = Array(text.utf8)
    _ = write(exit == .good ? 1 : 2, bytes, bytes.count)
    Glibc.exit(exit.rawValue)
  }
}
