import Failure
import Foundation
import Glibc
import Linux
import Testing

@testable import Hypervisor
@testable import HypervisorQEMU
@testable import VMSpec

let qemuBinary = "/usr/bin/qemu-system-x86_64"

/// A folder that goes away with its last user.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = "/tmp/hv-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// A raw image of zeros, or a qcow2 image made by qemu-img.
  func image(_ name: String, _ format: DiskSpec.Format) throws -> String {
    let tool = Process()
    tool.executableURL = URL(filePath: "/usr/bin/qemu-img")
    tool.arguments = ["create", "-q", "-f", format.rawValue, file(name), "16M"]
    try tool.run()
    tool.waitUntilExit()
    try #require(tool.terminationStatus == 0)
    return file(name)
  }
}

/// A real QEMU started from a plan, with real descriptors at the planned numbers. Dies with this value.
final class RunningQEMU {
  let folder: TemporaryFolder
  let process: ProcessHandle
  let plan: ProcessPlan

  /// - Parameters:
  ///   - stopped: adds `-S`, so that no guest code runs.
  ///   - extra: a descriptor for a role that is no file, such as a TAP.
  init(
    _ spec: VMSpec, nics: [NICPlan] = [], folder: TemporaryFolder, stopped: Bool = true, tscKHz: UInt64? = nil,
    firmware: (code: String, variables: String)? = nil, extra: (DescriptorRole) -> Descriptor? = { _ in nil }
  ) throws {
    self.folder = folder
    plan = QEMUCommand.plan(
      spec: spec, identity: MachineIdentity(name: spec.name, uuid: "0d5a1d3c-9c2c-4d43-a5a5-0123456789ab"), nics: nics,
      accelerator: .tcg, features: QEMUFeatures(version: QEMUVersion(7, 2), hasKVMDevice: false).capabilities,
      executable: qemuBinary, tscKHz: tscKHz)
    var owned = DescriptorList()
    var places: [(source: Int32, target: Int32)] = []
    for place in plan.descriptors {
      let descriptor = try extra(place.role) ?? Self.open(place.role, spec, folder, firmware)
      places.append((descriptor.raw, place.target))
      owned.append(descriptor)
    }
    process = try ProcessHandle.spawn(
      qemuBinary, arguments: plan.arguments + (stopped ? ["-S"] : []), environment: ["PATH=/usr/bin:/bin"],
      descriptors: places)
  }

  deinit {
    try? process.signal(SIGKILL)
    _ = try? process.reap(blocking: true)
  }

  var log: String { (try? String(contentsOfFile: folder.file("process.log"), encoding: .utf8)) ?? "" }
  var consoleLog: String {
    String(decoding: FileManager.default.contents(atPath: folder.file("console.log")) ?? Data(), as: UTF8.self)
  }

  /// Connects; if QEMU has refused its command line, says with which words.
  func monitor(_ name: String = "qmp") async throws -> QMPClient {
    do {
      return try await QMPClient.connect(path: folder.file("\(name).sock"), timeout: .seconds(20))
    } catch {
      throw Failure(.system, operation: "start QEMU", cause: "\(error); \(log)")
    }
  }

  func quit() async throws -> ProcessEnd? {
    try await monitor().quit()
    return try process.reap(blocking: true)
  }

  private static func open(
    _ role: DescriptorRole, _ spec: VMSpec, _ folder: TemporaryFolder, _ firmware: (code: String, variables: String)?
  ) throws -> Descriptor {
    func listen(_ name: String) throws -> Descriptor {
      try UnixSocket.listen(folder.file("\(name).sock"), .stream, mode: 0o600)
    }
    func file(_ path: String, _ flags: Int32) throws -> Descriptor {
      let number = Glibc.open(path, flags | O_CLOEXEC, 0o600)
      guard number >= 0 else { throw Errno(errno).failure("open", path) }
      return Descriptor(owning: number)
    }
    let appends = O_WRONLY | O_APPEND | O_CREAT
    switch role {
    case .null: return try file("/dev/null", O_RDWR)
    case .processLog: return try file(folder.file("process.log"), appends)
    case .monitor: return try listen("qmp")
    case .monitorSpare: return try listen("qmp2")
    case .console: return try listen("console")
    case .consoleLog: return try file(folder.file("console.log"), appends)
    case .agent: return try listen("agent")
    case .lock: return try file(folder.file("lock"), O_RDWR | O_CREAT)
    case .kvm: return try file("/dev/kvm", O_RDWR)
    case .kernel, .initrd:
      guard case .kernel(let boot) = spec.boot else { throw Errno(EINVAL) }
      return try file(role == .kernel ? boot.kernel : boot.initrd ?? "", O_RDONLY)
    case .firmwareCode: return try file(firmware?.code ?? "", O_RDONLY)
    case .firmwareVariables: return try file(firmware?.variables ?? "", O_RDWR)
    case .disk(let index):
      return try file(spec.disks[index].path ?? "", spec.disks[index].readonly ? O_RDONLY : O_RDWR)
    case .medium(let index): return try file(spec.cdroms[index].path ?? "", O_RDONLY)
    case .tap, .vhostNet, .backing, .seed: throw Errno(EINVAL)
    }
  }
}
