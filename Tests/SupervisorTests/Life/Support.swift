import Foundation
import Linux
import Testing

@testable import NodeCore

extension VMStatus {
  var restarts: Int { fields["restarts"] as? Int ?? 0 }
  var attempt: Int { fields["restart_attempt"] as? Int ?? 0 }
  /// Seconds until the next automatic start.
  var nextRestart: Int? { fields["next_restart_seconds"] as? Int }
  var desired: String { fields["desired"] as? String ?? "" }
  var request: String { fields["request"] as? String ?? "" }
  var health: String { fields["health"] as? String ?? "" }
  var healthCause: String { (fields["health_failure"] as? [String: Any])?["cause"] as? String ?? "" }
  /// `from → to: what` of each entry.
  var history: [String] {
    (fields["history"] as? [[String: Any]] ?? []).map {
      "\($0["from"] ?? "") → \($0["to"] ?? ""): \($0["what"] ?? "")"
    }
  }
}

extension Rig {
  /// Ends a VM's hypervisor as a crash would, and waits until that is known.
  func crash(_ name: String) async throws {
    let before = await status(name)
    kill(before.pid, SIGKILL)
    try await eventually("the end of \(name) is known") { await status(name).pid != before.pid }
  }

  /// Waits until a VM has another process than `pid` and runs.
  func restarted(_ name: String, after pid: Int32, within seconds: Double = 60) async throws {
    try await eventually("\(name) runs again", within: seconds) {
      let status = await status(name)
      return status.state == "running" && status.pid != 0 && status.pid != pid
    }
  }

  /// Changes a record while the supervisor is down.
  func editRecord(_ id: String, _ change: (inout [String: Any]) -> Void) throws {
    let path = folder + "/lib/vms/\(id)/vm.json"
    guard var record = try JSONSerialization.jsonObject(with: Data(try Files.read(path))) as? [String: Any] else {
      throw CocoaError(.fileReadCorruptFile)
    }
    change(&record)
    try Files.replace(path, with: Array(try JSONSerialization.data(withJSONObject: record)), mode: 0o666)
    chmod(path, 0o666)
  }
}
