import NodeAPI
import Text

/// The result of `capacity`.
struct CapacityView: Encodable, Sendable {
  var schema = Document.schema
  var cpus: UInt32
  var memoryBytes: UInt64
  var cpuRatio: Double
  var memoryRatio: Double
  var reserveBytes: UInt64
  var usableVCPUs: UInt32
  var usableBytes: UInt64
  var committedVCPUs: UInt32
  var committedBytes: UInt64
  var controllers: [String]
  var group: String
  var missing: [String]
  var strict: Bool

  enum CodingKeys: String, CodingKey {
    case schema, cpus
    case memoryBytes = "memory_bytes"
    case cpuRatio = "cpu_ratio"
    case memoryRatio = "memory_ratio"
    case reserveBytes = "reserve_bytes"
    case usableVCPUs = "usable_vcpus"
    case usableBytes = "usable_bytes"
    case committedVCPUs = "committed_vcpus"
    case committedBytes = "committed_bytes"
    case controllers, group, missing, strict
  }

  init(_ reply: Procurator_Node_V1_CapacityReply) {
    cpus = reply.processors
    memoryBytes = reply.memoryBytes
    cpuRatio = Double(reply.processorRatio) / 1000
    memoryRatio = Double(reply.memoryRatio) / 1000
    reserveBytes = reply.reserveBytes
    usableVCPUs = reply.usableVcpus
    usableBytes = reply.usableBytes
    committedVCPUs = reply.committedVcpus
    committedBytes = reply.committedBytes
    controllers = reply.controllers
    group = reply.group
    missing = reply.missing
    strict = reply.strict
  }

  /// A line for processors and one for memory, then what cannot be limited.
  func text(headings: Bool) -> String {
    var table = Table(headings: ["WHAT", "HOST", "RATIO", "RESERVE", "USABLE", "COMMITTED", "FREE"])
    let free = usableVCPUs - min(usableVCPUs, committedVCPUs)
    table.rows = [
      ["vCPUs", "\(cpus)", Self.ratio(cpuRatio), "", "\(usableVCPUs)", "\(committedVCPUs)", "\(free)"],
      [
        "memory", Amount.text(memoryBytes), Self.ratio(memoryRatio), Amount.text(reserveBytes),
        Amount.text(usableBytes), Amount.text(committedBytes),
        Amount.text(usableBytes - min(usableBytes, committedBytes)),
      ],
    ]
    var text = table.text(headings: headings)
    text += "\nlimits held by the kernel: \(controllers.isEmpty ? "none" : controllers.joined(separator: " "))\n"
    for sentence in missing { text += "missing: \(HarmlessText.line(sentence))\n" }
    return text
  }

  private static func ratio(_ ratio: Double) -> String { Thousandths.ratio(Int((ratio * 1000).rounded())) }
}
