import Foundation
import Linux

/// The hypervisors of one host's VMs, as the kernel has them.
enum Hypervisors {
  /// A living process and the VM that it was started for.
  struct Entry: Hashable, Sendable {
    var pid: Int32
    /// Id of the VM.
    var vm: String
  }

  /// Those whose VM's name begins with `prefix`.
  static func running(_ prefix: String) -> [Entry] {
    let all = (try? Files.names(in: "/proc"))?.compactMap { Int32($0) } ?? []
    return all.compactMap { pid in
      guard let text = try? Files.readText("/proc/\(pid)/cmdline"), text.contains("guest=\(prefix)"),
        ProcessFacts(pid: pid).map({ $0.state != "Z" }) == true
      else { return nil }
      let words = text.split(separator: "\0")
      guard let index = words.firstIndex(of: "-uuid"), index + 1 < words.count else { return nil }
      return Entry(pid: pid, vm: String(words[index + 1]))
    }
  }
}
