import Glibc
import Linux
import Testing

/// The socket for looking only.
extension Rig {
  /// The group that may look.
  static let readers = "games"
  /// Where they connect.
  var readingSocket: String { folder + "/run/read/vmsupervisor.sock" }

  /// Starts the supervisor again with a socket for those who may only look, as the packages set it up.
  /// - Parameter meanwhile: done while it is down.
  func openReading(meanwhile: () throws -> Void = {}) async throws {
    await supervisor.stop()
    let reading = folder + "/run/read"
    try Files.makeFolders(reading)
    try Command.must("/usr/bin/chown", "\(Self.user):\(Self.readers)", reading)
    chmod(reading, 0o2750)
    chmod(folder + "/run", 0o711)
    try meanwhile()
    try await startSupervisor()
  }

  /// Runs the command line as somebody who may only look.
  func reader(_ words: [String], _ socket: String? = nil) async -> Command.Result {
    await Command.run(
      "/usr/bin/setpriv",
      ["--reuid", "daemon", "--regid", Self.readers, "--clear-groups", bin + "/vmsupervisor"] + words,
      environment: ["PROCURATOR_SOCKET": socket ?? readingSocket])
  }

  /// Runs it as the supervisor's own user, who may operate.
  func operate(_ words: [String]) async -> Command.Result {
    await Command.run(
      "/usr/bin/setpriv",
      ["--reuid", Self.user, "--regid", Self.group, "--clear-groups", bin + "/vmsupervisor"] + words,
      environment: ["PROCURATOR_SOCKET": folder + "/run/vmsupervisor.sock"])
  }
}
