import Glibc
package import Hypervisor
import Linux

/// What is known about this host; looked up once.
package struct HostFacts: Sendable {
  package var architecture: HostKVM.Architecture
  /// The processor shows `vmx` or `svm`.
  package var hasVirtualization: Bool
  /// What the processor calls itself.
  package var cpuModel: String
  /// Frequency of the time-stamp counter, kHz; nil where the kernel does not say.
  package var tscKHz: UInt64?

  /// Looks at the host.
  package static func gather() -> HostFacts {
    let cpu = (try? Files.readText("/proc/cpuinfo", limit: 1 << 22)) ?? ""
    let flags = line("flags", of: cpu)?.split(separator: " ") ?? []
    #if arch(x86_64)
      let architecture = HostKVM.Architecture.x86
    #else
      let architecture = HostKVM.Architecture.other
    #endif
    return HostFacts(
      architecture: architecture,
      hasVirtualization: flags.contains("vmx") || flags.contains("svm"),
      cpuModel: line("model name", of: cpu) ?? "",
      tscKHz: TimeStampCounter.measureKHz())
  }

  /// Whether this user may open the device itself.
  package static var opensKVM: Bool { access("/dev/kvm", R_OK | W_OK) == 0 }

  private static func line(_ key: String, of text: String) -> String? {
    for line in text.split(separator: "\n") where line.hasPrefix(key) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      return String(line[line.index(after: colon)...].drop { $0 == " " })
    }
    return nil
  }
}
