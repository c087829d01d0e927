import Failure
import NodeAPI
import Text

/// One event in results; what is encoded is the published layout.
struct EventView: Encodable, Hashable, Sendable {
  var schema = Document.schema
  var sequence: UInt64
  var time: String
  var vmID: String
  var vmName: String
  var kind: String
  var what: String
  var actor: String
  var caller: CallerView?
  var from: String
  var to: String
  var generation: UInt64
  var why: FailureView?

  enum CodingKeys: String, CodingKey {
    case schema, sequence, time
    case vmID = "vm_id"
    case vmName = "vm_name"
    case kind, what, actor, caller, from, to, generation, why
  }

  init(_ event: Procurator_Node_V1_Event) {
    sequence = event.sequence
    time = Document.time(event.time.seconds1970)
    vmID = event.vmID
    vmName = event.vmName
    kind = event.kind
    what = event.what
    actor = event.actor
    caller = event.hasCaller ? CallerView(event.caller) : nil
    from = event.fromState
    to = event.toState
    generation = event.generation
    why = event.hasWhy ? FailureView(event.why) : nil
  }

  /// The event in that format, with its line end.
  func text(_ format: OutputFormat) throws(Failure) -> String {
    switch format {
    case .table: return line + "\n"
    case .name: return (vmName.isEmpty ? "-" : HarmlessText.line(vmName)) + "\n"
    case .json: return try Document.line(self)
    case .yaml: return "---\n" + (try Document.text(self, .yaml) ?? "")
    }
  }

  /// For people: everything in one line, what is the same in most lines first.
  private var line: String {
    var parts = [Self.readable(time), pad(vmName.isEmpty ? (vmID.isEmpty ? "-" : vmID) : vmName, 16), pad(kind, 10)]
    parts.append(what)
    if !from.isEmpty || !to.isEmpty { parts.append("(\([from, to].filter { !$0.isEmpty }.joined(separator: " → ")))") }
    if actor != "supervisor", !actor.isEmpty { parts.append("by \(actor)") }
    if let why {
      // Which file, interface or folder it was, unless that is said.
      let isSaid = [what, vmName, why.cause].contains { $0.contains(why.object) }
      parts.append("because: " + (why.object.isEmpty || isSaid ? why.cause : why.sentence()))
      if !why.remedy.isEmpty { parts.append("[\(why.remedy)]") }
    }
    return HarmlessText.line(parts.joined(separator: " "))
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// `2026-11-21T03:04:02.123Z` as `2026-11-21 03:04:02.123`.
  private static func readable(_ time: String) -> String {
    time.replacing("T", with: " ", maxReplacements: 1).replacing("Z", with: "")
  }
}

/// Who acted, in JSON: a process of the host, or somebody from the network.
struct CallerView: Encodable, Hashable, Sendable {
  var uid: UInt32?
  var user: String?
  var pid: Int32?
  var socket: String?
  var role: String?
  var address: String?
  var name: String?
  var certificate: String?

  init(_ caller: Procurator_Node_V1_Caller) {
    func said(_ text: String) -> String? { text.isEmpty ? nil : text }
    let isLocal = caller.role.isEmpty
    uid = isLocal ? caller.uid : nil
    user = said(caller.user)
    pid = isLocal ? caller.pid : nil
    socket = said(caller.socket)
    role = said(caller.role)
    address = said(caller.address)
    name = said(caller.name)
    certificate = said(caller.certificate)
  }
}
