import Configuration
import Failure
import Glibc
import Linux

/// netdns: DHCP and names for the guests of netd's networks.
@main
struct Main {
  static let usage = """
    usage: netdns [--config FILE] [--check | --stop]
           netdns --version | --help
    Keeps a dnsmasq for each network of netd, and one for each list of permitted domains. Gives root away at once.

      --config FILE  read FILE and FILE.d/*.conf (default \(Settings.defaultPath), which may be missing)
      --check        read the configuration, say what is wrong with it, and end
      --stop         end all dnsmasqs that netdns has left running, and remove its runtime folder

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
    var isStop = false
    var arguments = CommandLine.arguments.dropFirst()
    while let argument = arguments.popFirst() {
      switch argument {
      case "--config":
        guard let value = arguments.popFirst() else { end(.usage, "--config needs a file\n" + usage) }
        path = value
      case "--check": isCheck = true
      case "--stop": isStop = true
      case "--version": end(.good, "netdns \(Release.version)\n")
      case "--help", "-h": end(.good, usage)
      default: end(.usage, "unknown argument \(argument)\n" + usage)
      }
    }
    if isCheck && isStop { end(.usage, "--check and --stop exclude each other\n" + usage) }
    let settings: Settings
    do {
      settings = try Settings(ConfigurationFile.load(path ?? Settings.defaultPath, optional: path == nil))
    } catch { end(.configuration, "netdns: \(error)\n") }
    if isCheck { end(.good, "netdns: the configuration is good\n") }
    do { if isStop { try Ending.run(settings) } else { try serve(settings) } } catch {
      end(.failed, "<3>netdns: \(error)\n")
    }
  }

  private static func serve(_ settings: Settings) throws(Failure) {
    umask(0o027)
    _ = chdir("/")
    let given = ServiceManager.listeners()
    do { try Privileges.closeDescriptors(from: 3 + Int32(given.count)) } catch {
      throw error.failure("close descriptors")
    }
    let account = try Rights.account(settings.user)
    try Folder.prepare(settings.folder, account)
    // Who is root gives that away when it listens, as the folder is root's; who is not says first what it lacks.
    let isRoot = geteuid() == 0
    if !isRoot { try Rights.enter(account) }
    let log = JournalLog(program: "netdns")
    let listener = listen(settings, given, log)
    if isRoot { try Rights.enter(account) }
    let service = ServiceManager()
    let stop = try StopSignal.install()
    let daemon = try Daemon(
      settings, Folder(settings.folder), listener, log: log, service: service)
    try daemon.run(stop: stop)
  }

  /// Where supervisors are heard; nil if that cannot be, as without root or under a unit of an earlier release: guests are
  /// served all the same, by what is known already.
  private static func listen(
    _ settings: Settings, _ given: consuming DescriptorList, _ log: JournalLog
  ) -> ServiceListener? {
    do throws(Failure) {
      return try ServiceListener.open(settings.listen, given: given, group: settings.listenGroup, mode: 0o660)
    } catch {
      log.write(.error, "\(error); guests get addresses, but names and domain lists only as far as they are known")
      return nil
    }
  }

  private static func end(_ exit: Exit, _ text: String) -> Never {
    let bytes = Array(text.utf8)
    _ = write(exit == .good ? 1 : 2, bytes, bytes.count)
    Glibc.exit(exit.rawValue)
  }
}
