package import Failure
package import Hypervisor

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

  /// Oldest release that the command line is written and tested for.
  package static let oldest = QEMUVersion(7, 2)

  /// The same for those who know of no QEMU.
  package var capabilities: Capabilities {
    Capabilities(version: "\(version)", takesKVMDescriptor: hasKVMDevice)
  }

  /// Makes a set of features.
  package init(version: QEMUVersion, hasKVMDevice: Bool) {
    self.version = version
    self.hasKVMDevice = hasKVMDevice
  }

  /// Reads the texts of `--version` and `--help`.
  /// - Throws: `.unsupported` if they are not QEMU's, or of a release that is too old.
  package static func parse(version text: String, help: String) throws(Failure) -> QEMUFeatures {
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
    return QEMUFeatures(version: version, hasKVMDevice: help.contains("device=path (KVM device path"))
  }
}

extension QEMUFeatures {
  /// Runs the binary twice and reads what it says about itself.
  /// - Throws: why it cannot be run, or `.timeout` after 20 s.
  package static func probe(executable: String) async throws(Failure) -> QEMUFeatures {
    let version = try await ProgramText.read(executable, ["--version"])
    let help = try await ProgramText.read(executable, ["--help"])
    return try parse(version: version, help: help)
  }
}
