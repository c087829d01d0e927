import Failure
import Glibc
import NodeAPI
import Text

/// The result of `doctor`; what is encoded is the published layout.
struct DoctorView: Encodable, Sendable {
  var schema = Document.schema
  /// Whose eyes looked.
  var uid: UInt32
  var checks: [Check]

  private enum CodingKeys: String, CodingKey { case schema, uid, checks }

  /// What the supervisor found, and whether it is of this release.
  init(_ reply: Procurator_Node_V1_DoctorReply) {
    uid = reply.uid
    let own =
      reply.version == Release.version
      ? Check.ok("supervisor", "answers, \(reply.version)")
      : .warn(
        "supervisor", "it is \(reply.version), this command is \(Release.version)",
        fix: "restart it: guests keep running")
    checks = [own] + reply.checks.map(Check.init)
  }

  /// What this command found by itself.
  init(supervisor: Failure, checks: [Procurator_Node_V1_Check]) {
    uid = geteuid()
    self.checks = [.failed("supervisor", supervisor)] + checks.map(Check.init)
  }

  /// The worst that was found.
  var worst: Check.Level { checks.map(\.level).max() ?? .ok }

  /// What is wrong last, where a terminal stands when it is done.
  func text(headings: Bool, colour: Bool) -> String {
    let order: [Check.Level] = [.fail, .warn, .ok, .unused]
    var text = ""
    for level in [.unused, .ok, .warn, .fail] as [Check.Level] {
      for check in checks where check.level == level {
        text += "\(Self.mark(level, colour))  \(HarmlessText.line(check.name)): \(HarmlessText.line(check.found))\n"
        if !check.fix.isEmpty { text += "        → \(HarmlessText.line(check.fix))\n" }
      }
    }
    guard headings else { return text }
    let counts = order.map { level in "\(checks.count { $0.level == level }) \(level.rawValue)" }
    return text + "\n\(counts.joined(separator: ", ")); seen as uid \(uid)\n"
  }

  private static func mark(_ level: Check.Level, _ colour: Bool) -> String {
    let text = level.rawValue + String(repeating: " ", count: max(0, 6 - level.rawValue.count))
    let code =
      switch level {
      case .ok: "32"
      case .unused: "2"
      case .warn: "33"
      case .fail: "31"
      }
    return colour ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
  }
}

extension Check: Encodable {
  private enum CodingKeys: String, CodingKey { case name, level, found, fix }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(level.rawValue, forKey: .level)
    try container.encode(found, forKey: .found)
    try container.encode(fix, forKey: .fix)
  }

  /// A check of a supervisor; a level that this release does not know is a warning.
  fileprivate init(_ check: Procurator_Node_V1_Check) {
    self.init(check.name, Level(rawValue: check.level) ?? .warn, check.found, check.fix)
  }
}
