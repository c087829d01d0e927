import NodeAPI
import Text

/// The result of `audit`.
struct AuditView: Encodable, Sendable {
  var schema = Document.schema
  var clean: Bool
  var ports: Counts
  var hypervisorProcesses: UInt32
  var records: UInt32
  var refusedFrames: UInt32
  var fixed: UInt32
  var shards: [Shard]
  var findings: [Finding]
  var leftover: [String]

  /// Ports and interfaces by what they are.
  struct Counts: Encodable, Hashable, Sendable {
    var used: UInt32
    var idle: UInt32
    var releasing: UInt32
    var ready: UInt32
    var orphan: UInt32
    var foreign: UInt32
  }

  /// How full a shard is.
  struct Shard: Encodable, Hashable, Sendable {
    var network: String
    var shard: UInt32
    var bridge: String
    var used: UInt32
    var ready: UInt32
    var max: UInt32
  }

  /// Something that should not be.
  struct Finding: Encodable, Hashable, Sendable {
    var kind: String
    var interface: String
    var ownerUID: UInt32
    var ageSeconds: UInt64
    var vmID: String
    var detail: String

    enum CodingKeys: String, CodingKey {
      case kind, interface
      case ownerUID = "owner_uid"
      case ageSeconds = "age_seconds"
      case vmID = "vm_id"
      case detail
    }
  }

  enum CodingKeys: String, CodingKey {
    case schema, clean, ports
    case hypervisorProcesses = "hypervisor_processes"
    case records
    case refusedFrames = "refused_frames"
    case fixed, shards, findings, leftover
  }

  init(_ reply: Procurator_Node_V1_AuditReply) {
    clean = reply.clean
    ports = Counts(
      used: reply.used, idle: reply.idle, releasing: reply.releasing, ready: reply.ready, orphan: reply.orphan,
      foreign: reply.foreign)
    hypervisorProcesses = reply.hypervisorProcesses
    records = reply.records
    refusedFrames = reply.refusedFrames
    fixed = reply.fixed
    shards = reply.shards.map { shard in
      Shard(
        network: shard.network, shard: shard.shard, bridge: shard.bridge, used: shard.used, ready: shard.ready,
        max: shard.max)
    }
    findings = reply.findings.map { finding in
      Finding(
        kind: finding.kind, interface: finding.interface, ownerUID: finding.ownerUid, ageSeconds: finding.ageSeconds,
        vmID: finding.vmID, detail: finding.detail)
    }
    leftover = reply.leftover
  }

  /// The counts, then what should not be, if anything.
  func text(headings: Bool) -> String {
    var counts = Table(headings: ["WHAT", "COUNT"])
    counts.rows = [
      ["records", "\(records)"], ["hypervisor processes", "\(hypervisorProcesses)"], ["ports used", "\(ports.used)"],
      ["ports idle", "\(ports.idle)"], ["ports releasing", "\(ports.releasing)"], ["ports ready", "\(ports.ready)"],
      ["orphan interfaces", "\(ports.orphan)"], ["foreign interfaces", "\(ports.foreign)"],
      ["leftovers", "\(leftover.count)"],
    ]
    var text = counts.text(headings: headings)
    if !shards.isEmpty {
      var table = Table(headings: ["NETWORK", "SHARD", "BRIDGE", "USED", "READY", "MAX"])
      table.rows = shards.map { ["\($0.network)", "\($0.shard)", $0.bridge, "\($0.used)", "\($0.ready)", "\($0.max)"] }
      text += "\n" + table.text(headings: headings)
    }
    if !findings.isEmpty {
      var table = Table(headings: ["FINDING", "INTERFACE", "UID", "AGE", "VM", "DETAIL"])
      table.rows = findings.map { finding in
        let uid = finding.ownerUID == .max ? "" : "\(finding.ownerUID)"
        return [
          finding.kind, finding.interface, uid, Quantity.duration(finding.ageSeconds), finding.vmID, finding.detail,
        ]
      }
      text += "\n" + table.text(headings: headings)
    }
    if fixed > 0 { text += "\nremoved: \(fixed) orphan interface\(fixed == 1 ? "" : "s")\n" }
    if !leftover.isEmpty { text += "\n" + leftover.map { "left over: \(HarmlessText.line($0))\n" }.joined() }
    return text + (clean ? "\nclean\(findings.isEmpty ? "" : ", but something is scarce")\n" : "\nNOT clean\n")
  }
}
