package import Failure
package import Hypervisor

extension HypervisorFiles {
  /// Asks the binary's loader for its libraries and the binary for its folders. Nothing else of the host is needed by
  /// QEMU 7.2 to 11 (measured with strace): time zones, `/proc` and `/sys` are looked for and not missed.
  /// - Throws: `.unsupported` for what is no program of this machine, and why it cannot be run.
  package static func probe(executable: String) async throws(Failure) -> HypervisorFiles {
    let files = try await libraries(executable: executable)
    guard files.executable.count > 1 else { return files }
    // A binary without such an option has no such folders.
    let folders = (try? await ProgramText.read(executable, ["-L", "help"])) ?? ""
    return HypervisorFiles(executable: files.executable, readable: files.readable + paths(ofFolders: folders))
  }

  /// Reads what `-L help` prints: a folder a line.
  package static func paths(ofFolders text: String) -> [String] {
    text.split(separator: "\n").filter { $0.hasPrefix("/") && !$0.contains(" ") }.map(String.init)
  }
}
