package import Failure
package import Hypervisor
import VMSpec

/// Version of QEMU, as `--version` and the QMP greeting give it.
package struct QEMUVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// First number.
  package var major: Int
  /// Second number.
  package var minor: Int
  /// Third number.
  package var micro: Int

  /// Makes a version.
  package init(_ major: Int, _ minor: Int, _ micro: Int = 0) {
    self.major = major
    self.minor = minor
    self.micro = micro
  }

  /// Orders by release.
  package static func < (a: QEMUVersion, b: QEMUVersion) -> Bool {
    (a.major, a.minor, a.micro) < (b.major, b.minor, b.micro)
  }

  /// `7.2.22`.
  package var description: String { "\(major).\(minor).\(micro)" }
}

/// What one QEMU binary can do, as far as our command line depends on it.
package struct QEMUFeatures: Hashable, Sendable {
  /// Its release.
  package var version: QEMUVersion
  /// Whether `-accel kvm,device=` exists (from 9.0 on), so that KVM can be handed over as a descriptor.
  package var hasKVMDevice: Bool
  /// The models of devices that it was built with.
  package var drivers: Set<String>

  /// Oldest release that the command line is written and tested for.
  package static let oldest = QEMUVersion(7, 2)

  /// The same for those who know of no QEMU. Which cards boot over the network is no matter of the binary.
  package var capabilities: Capabilities {
    Capabilities(
      version: "\(version)", takesKVMDescriptor: hasKVMDevice,
      buses: Set(DiskSpec.Bus.allCases.filter { QEMUCommand.drivers(of: $0).isSubset(of: drivers) }),
      models: Set(NICSpec.Model.allCases.filter { QEMUCommand.drivers(of: $0).isSubset(of: drivers) }),
      identifiesGenerations: drivers.contains(QEMUCommand.generationDriver) ? QEMUCommand.boardsWithGeneration : [])
  }

  /// Makes a set of features.
  package init(version: QEMUVersion, hasKVMDevice: Bool, drivers: Set<String> = []) {
    self.version = version
    self.hasKVMDevice = hasKVMDevice
    self.drivers = drivers
  }

  /// Reads the texts of `--version`, `--help` and `-device help`.
  /// - Throws: `.unsupported` if they are not QEMU's, or of a release that is too old.
  package static func parse(version text: String, help: String, devices: String = "") throws(Failure) -> QEMUFeatures {
    let operation = "read QEMU version"
    let marker = "QEMU emulator version "
    let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(marker) }
    let numbers = (line?.dropFirst(marker.count) ?? "").prefix { $0.isNumber || $0 == "." }.split(separator: ".")
      .compactMap { Int($0) }
    guard numbers.count >= 2 else {
      throw Failure(
        .unsupported, part: .hypervisor, operation: operation, cause: "`--version` answers `\(text.prefix(80))`",
        remedy: "point the configuration at qemu-system-x86_64")
    }
    let version = QEMUVersion(numbers[0], numbers[1], numbers.count > 2 ? numbers[2] : 0)
    guard version >= oldest else {
      throw Failure(
        .unsupported, part: .hypervisor, operation: operation, object: "\(version)",
        cause: "QEMU \(oldest) is the oldest that is supported",
        remedy: "install a newer qemu-system-x86")
    }
    let drivers = devices.split(whereSeparator: \.isNewline).compactMap { line in
      line.hasPrefix("name \"") ? line.dropFirst(6).prefix { $0 != "\"" } : nil
    }
    return QEMUFeatures(
      version: version, hasKVMDevice: help.contains("device=path (KVM device path"),
      drivers: Set(drivers.map { String($0) }))
  }
}

extension QEMUFeatures {
  /// Runs the binary three times and reads what it says about itself.
  /// - Throws: why it cannot be run, or `.timeout` after 20 s.
  package static func probe(executable: String) async throws(Failure) -> QEMUFeatures {
    let version = try await ProgramText.read(executable, ["--version"])
    let help = try await ProgramText.read(executable, ["--help"])
    let devices = try await ProgramText.read(executable, ["-device", "help"])
    return try parse(version: version, help: help, devices: devices)
  }
}
