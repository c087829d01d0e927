import CLinux
import Failure
import Glibc
import IPCPeer
import Linux
import Testing

@testable import Hypervisor
@testable import HypervisorQEMU
@testable import NodeCore

/// One path that cannot be permitted: the program is not executed, instead of being executed with all paths open.
@Suite struct ClosedPathsTests {
  /// Has vmlaunch execute a program that writes a line, with one more path to permit.
  /// - Returns: what it wrote, the layers that were on, and why it was not executed.
  private func launch(permitting path: String) async throws -> (text: String, layers: LaunchReport?, failure: Failure?)
  {
    let program = Rig.programs + "/confined"
    var files = try await HypervisorFiles.probe(executable: program)
    files.readable.append(path)
    let command = ProcessPlan(
      arguments: [program, "-name", "guest=call-39"],
      descriptors: [.init(role: .null, target: 0), .init(role: .processLog, target: 1)])
    let host = HostConfinement(host: .init(), gate: SystemCallGate([]), users: SubordinateUsers([]))
    let plan = ConfinementPlan.make(
      files: files, plan: command, accelerator: .tcg, host: host.host, user: nil, strict: false)
    let log = Descriptor(owning: try Errno.check(clinux_memfd("log")))
    let null = try Files.open("/dev/null", O_RDWR)
    let waiting = try Launcher(path: Rig.programs + "/vmlaunch").start(log: log.raw)
    var (layers, failure): (LaunchReport?, Failure?) = (nil, nil)
    do throws(Failure) {
      let executed = try waiting.launch(command, numbers: [null.raw, log.raw], plan, by: host)
      _ = try? executed.process.reap(blocking: true)
      layers = executed.report
    } catch { failure = error }
    var text = [UInt8](repeating: 0, count: 256)
    let length = max(0, pread(log.raw, &text, text.count, 0))
    return (String(decoding: text.prefix(length), as: UTF8.self), layers, failure)
  }

  @Test func aPathThatCannotBePermittedRefusesAll() async throws {
    let folder = "/tmp/pcpaths\(UInt32.random(in: 0 ... .max))"
    try Files.makeFolders(folder + "/locked/inner")
    defer {
      chmod(folder + "/locked", 0o700)
      try? Files.removeFolder(folder)
    }
    try Files.replace(folder + "/file", with: [1], mode: 0o644)
    symlink("loop", folder + "/loop")
    chmod(folder + "/locked", 0)
    for (path, error) in [("loop", ELOOP), ("locked/inner", EACCES), ("file/inner", ENOTDIR)] {
      let (text, _, failure) = try await launch(permitting: folder + "/" + path)
      #expect(text.isEmpty, "\(path): \(text)")
      #expect(
        failure?.errno == error && failure?.object == folder + "/" + path, "\(path): \(String(describing: failure))")
    }
    // What is not there needs no permission, and takes nothing away from the others.
    let (text, layers, failure) = try await launch(permitting: folder + "/nothing")
    #expect(text.contains("done") && failure == nil, "\(text) \(String(describing: failure))")
    let landlock = layers?.layers.first { $0.layer == LaunchLayer.landlock.rawValue }
    #expect(landlock?.isOn == true, "\(String(describing: layers))")
  }
}
