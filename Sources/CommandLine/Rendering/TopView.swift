import NodeAPI
import Text

/// What VMs are sorted by.
enum TopOrder: String, CaseIterable, Sendable {
  case cpu, mem, net, disk, name
}

/// The result of `top`; what is encoded is the published layout.
struct TopView: Encodable, Sendable {
  var schema = Document.schema
  var time: String
  var intervalSeconds: Double
  var host: Host
  var vms: [VM]

  /// The machine.
  struct Host: Encodable, Hashable, Sendable {
    var cpuPercent: Double?
    var cpus: UInt32
    var memoryBytes: UInt64
    var memoryAvailableBytes: UInt64
    var committedMemoryBytes: UInt64
    var committedVCPUs: UInt32

    enum CodingKeys: String, CodingKey {
      case cpuPercent = "cpu_percent"
      case cpus
      case memoryBytes = "memory_bytes"
      case memoryAvailableBytes = "memory_available_bytes"
      case committedMemoryBytes = "committed_memory_bytes"
      case committedVCPUs = "committed_vcpus"
    }
  }

  enum CodingKeys: String, CodingKey {
    case schema, time, host, vms
    case intervalSeconds = "interval_seconds"
  }

  init(_ reply: Procurator_Node_V1_TopReply, by order: TopOrder) {
    time = Document.time(reply.time.seconds1970)
    intervalSeconds = reply.intervalSeconds
    host = Host(
      cpuPercent: reply.host.hasCpuPercent ? reply.host.cpuPercent : nil, cpus: reply.host.cpus,
      memoryBytes: reply.host.memoryBytes, memoryAvailableBytes: reply.host.memoryAvailableBytes,
      committedMemoryBytes: reply.host.committedMemoryBytes, committedVCPUs: reply.host.committedVcpus)
    vms = reply.vms.map(VM.init).sorted { a, b in
      let (first, second) = (a.weight(order), b.weight(order))
      return first == second ? (a.name, a.id) < (b.name, b.id) : first > second
    }
  }

  /// One line about the machine.
  func headline() -> String {
    let running = vms.count { $0.uptimeSeconds != nil }
    let cpu = host.cpuPercent.map { Quantity.percent($0) + " of " } ?? ""
    let used = host.memoryBytes - min(host.memoryBytes, host.memoryAvailableBytes)
    return "\(vms.count) VMs, \(running) with a process; processors \(cpu)\(host.cpus), memory "
      + "\(Quantity.bytes(used)) of \(Quantity.bytes(host.memoryBytes)); promised "
      + "\(host.committedVCPUs) vcpus, \(Quantity.bytes(host.committedMemoryBytes))\n"
  }

  /// One line per VM.
  func table() -> Table {
    var table = Table(headings: [
      "NAME", "STATE", "UP", "CPU", "MEM", "GUEST", "READ/s", "WRITE/s", "RECEIVE/s", "SEND/s", "THROTTLED", "PRESSURE",
      "RESTARTS",
    ])
    table.rows = vms.map { vm in
      [
        vm.name, vm.state, vm.uptimeSeconds.map(Quantity.duration) ?? "", vm.cpuPercent.map(Quantity.percent) ?? "",
        vm.memory, vm.guestMemory, Self.rate(vm.diskReadBytesPerSecond), Self.rate(vm.diskWriteBytesPerSecond),
        Self.rate(vm.networkReceiveBytesPerSecond), Self.rate(vm.networkTransmitBytesPerSecond),
        vm.throttled, vm.groupUsage?.greatestPressure ?? "", vm.restarts == 0 ? "" : "\(vm.restarts)",
      ]
    }
    return table
  }

  private static func rate(_ rate: Double?) -> String {
    rate.map { Quantity.bytes(UInt64(min(max(0, $0.rounded()), 1e18))) } ?? ""
  }

  /// One name a line.
  func names() -> String { vms.map { "\($0.name)\n" }.joined() }
}

extension Quantity {
  /// 100 is one of something; without digits behind the point from ten on.
  package static func percent(_ value: Double) -> String {
    guard value.isFinite, value >= 0, value < 1e9 else { return "-" }
    let tenths = UInt64((value * 10).rounded())
    return tenths >= 100 ? "\(UInt64(value.rounded()))%" : "\(tenths / 10).\(tenths % 10)%"
  }
}
