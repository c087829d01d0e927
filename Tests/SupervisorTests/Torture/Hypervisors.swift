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

  /// How many TAPs a process has open.
  static func taps(of pid: Int32) throws -> Int {
    try Files.names(in: "/proc/\(pid)/fd").count { number in
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\(number)")) == "/dev/net/tun"
    }
  }

  /// How much of a processor a process takes, watched for as long as it takes the clock to go on by a second.
  static func load(of pid: Int32) async throws -> Double {
    let (start, before) = (ContinuousClock.now, Cost(pid).seconds)
    try await Task.sleep(for: .seconds(1))
    return (Cost(pid).seconds - before) * 1000 / Double((ContinuousClock.now - start).milliseconds)
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
