import NodeAPI
import Text
import VMSpec

/// Limits of one VM as `status` and `limit` show them; 0 is no limit.
struct LimitView: Encodable, Hashable, Sendable {
  /// Processors of the host.
  var cpu = 0.0
  var cpuWeight: UInt32 = 0
  var memoryBytes: UInt64 = 0
  var memoryOverheadBytes: UInt64 = 0
  var ioWeight: UInt32 = 0
  var tasks: UInt32 = 0
  var disks: [Disk] = []
  var group = ""

  /// One disk that has limits.
  struct Disk: Encodable, Hashable, Sendable {
    var disk: String
    var iops: UInt32
    var throughput: UInt64
  }

  enum CodingKeys: String, CodingKey {
    case cpu
    case cpuWeight = "cpu_weight"
    case memoryBytes = "memory_bytes"
    case memoryOverheadBytes = "memory_overhead_bytes"
    case ioWeight = "io_weight"
    case tasks, disks, group
  }

  init(_ limits: Limiquantix_Node_V1_LimitStatus) {
    cpu = Double(limits.cpuThousandths) / 1000
    cpuWeight = limits.cpuWeight
    memoryBytes = limits.memoryBytes
    memoryOverheadBytes = limits.memoryOverheadBytes
    ioWeight = limits.ioWeight
    tasks = limits.tasks
    disks = limits.disks.map { Disk(disk: $0.disk, iops: $0.iops, throughput: $0.throughput) }
    group = limits.group
  }

  /// What everybody has when nobody says otherwise.
  private static let usualWeight: UInt32 = 100

  /// In words; what is as usual is left out unless `all` is wanted.
  func words(all: Bool = false) -> String {
    var words: [String] = []
    if cpu > 0 { words.append("\(Thousandths.text(Int((cpu * 1000).rounded()))) CPUs") }
    if all || cpuWeight != Self.usualWeight { words.append("CPU weight \(cpuWeight)") }
    if memoryBytes > 0, all {
      words.append("memory \(Amount.text(memoryBytes)) (\(Amount.text(memoryOverheadBytes)) beside the guest's)")
    }
    if all || ioWeight != Self.usualWeight { words.append("I/O weight \(ioWeight)") }
    if all { words.append("\(tasks) tasks") }
    for disk in disks {
      var rates: [String] = []
      if disk.iops > 0 { rates.append("\(disk.iops)/s") }
      if disk.throughput > 0 { rates.append("\(Size.text(disk.throughput))/s") }
      words.append("\(disk.disk) \(rates.joined(separator: " "))")
    }
    return words.joined(separator: ", ")
  }
}

/// Memory that a guest has of what it was given.
struct BalloonView: Encodable, Hashable, Sendable {
  var bytes: UInt64
  /// 0 if nobody has asked.
  var targetBytes: UInt64

  enum CodingKeys: String, CodingKey {
    case bytes
    case targetBytes = "target_bytes"
  }

  init(_ balloon: Limiquantix_Node_V1_BalloonStatus) {
    bytes = balloon.bytes
    targetBytes = balloon.targetBytes
  }

  /// In words.
  var words: String {
    let now = "the guest has \(Amount.text(bytes))"
    return targetBytes == 0 || targetBytes == bytes ? now : now + ", is to have \(Amount.text(targetBytes))"
  }
}

/// The result of `limit` and `balloon`.
struct LimitsView: Encodable, Sendable {
  var schema = Document.schema
  var vm: String
  var limits: LimitView
  var balloon: BalloonView?
  var warnings: [String]

  init(_ reply: Procurator_Node_V1_LimitsReply) {
    vm = reply.name
    limits = LimitView(reply.limits)
    balloon = reply.hasBalloon ? BalloonView(reply.balloon) : nil
    warnings = reply.warnings
  }

  /// `Label: value` lines.
  func text() -> String {
    var facts = [("Limits", limits.words(all: true))]
    if let balloon { facts.append(("Balloon", balloon.words)) }
    if !limits.group.isEmpty { facts.append(("Group", limits.group)) }
    return facts.map { label, value in
      String(repeating: " ", count: max(0, 8 - label.count)) + "\(label): \(HarmlessText.line(value))\n"
    }.joined()
  }

  /// The name.
  func names() -> String { "\(vm)\n" }
}
