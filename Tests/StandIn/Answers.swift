import Glibc

/// What follows from one command.
struct Reply {
  /// JSON of the value under `return`; nil if the command is refused.
  var value: String? = "{}"
  var refusal = ""
  /// Class of the refusal (QAPI's QapiErrorClass).
  var kind = "GenericError"
  /// Events for everybody, after the answer.
  var events: [(name: String, data: String)] = []

  static func refused(_ text: String, kind: String = "GenericError") -> Reply {
    Reply(value: nil, refusal: text, kind: kind)
  }
}

extension Machine {
  /// Does what a monitor was told.
  mutating func answer(_ command: String, _ arguments: JSONText) -> Reply {
    switch command {
    case "query-status":
      return Reply(value: #"{"status":"\#(status)","singlestep":false,"running":\#(status == "running")}"#)
    case "query-uuid": return Reply(value: #"{"UUID":"\#(uuid)"}"#)
    case "query-name": return Reply(value: #"{"name":"\#(name)"}"#)
    case "query-version":
      let (major, minor, micro) = Probe.version
      return Reply(value: #"{"qemu":{"major":\#(major),"minor":\#(minor),"micro":\#(micro)},"package":""}"#)
    case "query-kvm": return Reply(value: #"{"enabled":false,"present":false}"#)
    case "query-chardev": return Reply(value: list(sockets.map { Self.characters($0) }))
    case "query-cpus-fast": return Reply(value: list((0..<cpus).map { Self.processor($0) }))
    case "query-blockstats": return Reply(value: list(disks.map { Self.counters($0.node, $0.device) }))
    case "query-block": return Reply(value: list(disks.map { Self.drive($0.node, $0.device) }))
    case "query-jobs", "query-block-jobs", "query-fdsets", "query-pci": return Reply(value: "[]")
    case "query-migrate": return Reply()
    case "query-balloon": return Reply(value: #"{"actual":\#(balloon)}"#)
    case "balloon":
      guard let value = arguments["value"]?.number else { return .refused("Parameter 'value' is missing") }
      balloon = min(memory, UInt64(max(0, value)))
      return Reply(events: [("BALLOON_CHANGE", #"{"actual":\#(balloon)}"#)])
    case "qom-get": return property(arguments["property"]?.text ?? "")
    case "qom-list": return Reply(value: "[]")
    case "qom-set", "block_set_io_throttle", "query-events": return Reply()
    case "stop": return paused()
    case "cont": return continued()
    case "system_reset":
      if status == "shutdown" { status = "paused" }
      return Reply(events: [("RESET", #"{"guest":false,"reason":"host-qmp-system-reset"}"#)])
    case "system_powerdown": return poweredOff()
    case "quit":
      hasEnded = true
      return Reply(events: [("SHUTDOWN", #"{"guest":false,"reason":"host-qmp-quit"}"#)])
    default: return .refused("The command \(command) has not been found", kind: "CommandNotFound")
    }
  }

  private mutating func paused() -> Reply {
    guard status == "running" else { return Reply() }
    status = "paused"
    return Reply(events: [("STOP", "{}")])
  }

  private mutating func continued() -> Reply {
    if status == "running" { return Reply() }
    guard status != "shutdown" else { return .refused("Resetting the Virtual Machine is required") }
    status = "running"
    return Reply(events: [("RESUME", "{}")])
  }

  /// The guest obeys at once, and the process stays: the command line has `-action shutdown=pause`.
  private mutating func poweredOff() -> Reply {
    var events = [("POWERDOWN", "{}")]
    if status == "running" {
      status = "shutdown"
      events += [("SHUTDOWN", #"{"guest":true,"reason":"guest-shutdown"}"#), ("STOP", "{}")]
    }
    return Reply(events: events)
  }

  private func property(_ name: String) -> Reply {
    guard name == "guest-stats" else { return Reply(value: "0") }
    let stats =
      #""stat-total-memory":\#(memory),"stat-free-memory":\#(memory / 2),"stat-available-memory":\#(memory / 2)"#
    return Reply(value: #"{"stats":{\#(stats)},"last-update":\#(time(nil))}"#)
  }

  private func list(_ elements: [String]) -> String { "[" + elements.joined(separator: ",") + "]" }

  private static func characters(_ socket: Socket) -> String {
    #"{"frontend-open":\#(socket.isMonitor),"filename":"unix:","label":"\#(socket.id)"}"#
  }

  /// Its only thread stands for all of them.
  private static func processor(_ index: Int) -> String {
    #"{"cpu-index":\#(index),"qom-path":"/machine/unattached/device[\#(index)]","thread-id":\#(getpid()),"target":"x86_64"}"#
  }

  private static func counters(_ node: String, _ device: String) -> String {
    let names = ["rd_bytes", "wr_bytes", "rd_operations", "wr_operations", "flush_operations", "wr_highest_offset"]
    let stats = names.map { #""\#($0)":0"# }.joined(separator: ",")
    return #"{"device":"","qdev":"\#(path(device))","node-name":"\#(node)","stats":{\#(stats)}}"#
  }

  private static func drive(_ node: String, _ device: String) -> String {
    #"{"device":"","qdev":"\#(path(device))","locked":false,"removable":false,"inserted":{"node-name":"\#(node)"}}"#
  }

  private static func path(_ device: String) -> String { "/machine/peripheral/\(device)/virtio-backend" }
}
