import NodeAPI
import Text

/// The result of `explain`; what is encoded is the published layout.
struct ExplanationView: Encodable, Hashable, Sendable {
  var schema = Document.schema
  var vmID: String
  var vmName: String
  var verdict: String
  var summary: String
  var desired: String
  var observed: String
  var reasons: [Entry]
  var console: [String]
  var hypervisorLog: [String]

  /// One link of the chain.
  struct Entry: Encodable, Hashable, Sendable {
    var weight: String
    var part: String
    var failure: FailureView
  }

  enum CodingKeys: String, CodingKey {
    case schema
    case vmID = "vm_id"
    case vmName = "vm_name"
    case verdict, summary, desired, observed, reasons, console
    case hypervisorLog = "hypervisor_log"
  }

  init(_ reply: Procurator_Node_V1_ExplainReply) {
    vmID = reply.vmID
    vmName = reply.vmName
    verdict = reply.verdict
    summary = reply.summary
    desired = reply.desired
    observed = reply.observed
    reasons = reply.reasons.map { Entry(weight: $0.weight, part: $0.part, failure: FailureView($0.failure)) }
    console = reply.console
    hypervisorLog = reply.hypervisorLog
  }

  /// The chain, top down: what is wanted, what is, why, what to do; then the last words.
  func text(colour: Bool) -> String {
    var lines = [HarmlessText.line(summary), ""]
    lines.append(Self.line("wanted", desired))
    lines.append(Self.line("is", observed))
    for reason in reasons {
      let failure = reason.failure
      let number = failure.errno == 0 ? "" : " (errno \(failure.errno))"
      lines.append(
        Self.line(Self.label(reason.weight), "[\(reason.part)] " + failure.sentence() + number, reason.weight, colour)
      )
      if !failure.remedy.isEmpty { lines.append(Self.line("do", failure.remedy)) }
    }
    lines += Self.tail("hypervisor.log", hypervisorLog) + Self.tail("console", console)
    return lines.map { $0 + "\n" }.joined()
  }

  private static func label(_ weight: String) -> String {
    switch weight {
    case "blocks": "because"
    case "weakens": "but"
    case "standing": "weaker"
    default: "note"
    }
  }

  private static func line(_ label: String, _ value: String, _ weight: String = "", _ colour: Bool = false) -> String {
    let padded = String(repeating: " ", count: max(0, 9 - label.count)) + label
    let code = colour ? (weight == "blocks" ? "31" : weight == "weakens" ? "33" : "") : ""
    return (code.isEmpty ? padded : "\u{1b}[\(code)m\(padded)\u{1b}[0m") + ": " + HarmlessText.line(value)
  }

  private static func tail(_ title: String, _ lines: [String]) -> [String] {
    lines.isEmpty ? [] : ["", "last lines of \(title):"] + lines.map { "  | " + HarmlessText.line($0) }
  }
}
