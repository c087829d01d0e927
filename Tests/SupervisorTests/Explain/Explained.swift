import Foundation
import Linux
import Testing

@testable import NodeDiagnosis

/// What `explain --output json` says.
struct Explained: Sendable {
  struct Reason: Sendable {
    var weight: String
    var part: String
    var object: String
    var cause: String
    var remedy: String
    var errno: Int
  }
  var verdict: String
  var summary: String
  var observed: String
  var reasons: [Reason]

  init(_ text: String) {
    let whole = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
    verdict = whole["verdict"] as? String ?? ""
    summary = whole["summary"] as? String ?? ""
    observed = whole["observed"] as? String ?? ""
    reasons = (whole["reasons"] as? [[String: Any]] ?? []).map { entry in
      let failure = entry["failure"] as? [String: Any] ?? [:]
      return Reason(
        weight: entry["weight"] as? String ?? "", part: entry["part"] as? String ?? "",
        object: failure["object"] as? String ?? "", cause: failure["cause"] as? String ?? "",
        remedy: failure["remedy"] as? String ?? "", errno: failure["errno"] as? Int ?? 0)
    }
  }

  func reasons(in part: String) -> [Reason] { reasons.filter { $0.part == part } }
}

/// One check of `doctor --output json`.
struct Checked: Sendable {
  var level: String
  var found: String
  var fix: String
}

extension Rig {
  func explain(_ name: String) async -> Explained { Explained(await ok("explain", name, "--output", "json")) }

  /// By name; of several of one name the worst.
  func doctor() async -> [String: Checked] {
    let text = await cli("doctor", "--output", "json").output
    let whole = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
    var checks: [String: Checked] = [:]
    for entry in whole["checks"] as? [[String: Any]] ?? [] {
      let check = Checked(
        level: entry["level"] as? String ?? "", found: entry["found"] as? String ?? "",
        fix: entry["fix"] as? String ?? "")
      let name = entry["name"] as? String ?? ""
      if checks[name]?.level != "fail" { checks[name] = check }
    }
    return checks
  }

  /// Starts the supervisor again with one more line of configuration.
  func restart(with line: String) async throws {
    await supervisor.stop()
    try write("supervisor.conf", try Files.readText(folder + "/supervisor.conf") + line + "\n")
    try await startSupervisor()
  }

  /// Names of the TAPs of VMs.
  func taps() async -> [String] {
    await ok("ports", "--output", "name").split(separator: "\n").map(String.init)
  }
}
