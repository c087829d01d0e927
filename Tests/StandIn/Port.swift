import Glibc
import Linux

/// One listening socket and the one client that it serves at a time; the next waits in the backlog, as with QEMU.
struct Port {
  let listener: Int32
  let isMonitor: Bool
  private(set) var client: Int32 = -1
  private var input: [UInt8] = []
  /// Whether the client has said `qmp_capabilities`.
  private var isGreeted = false
  private let floods: Bool
  /// What of the flood is begun.
  private var rest: ArraySlice<UInt8> = []

  /// The longest command that is taken.
  private static let longest = 1 << 16

  init(_ socket: Machine.Socket, floods: Bool) {
    self.floods = floods
    listener = socket.descriptor
    isMonitor = socket.isMonitor
  }

  /// What to wait for.
  var watched: Int32 { client < 0 ? listener : client }
  var interest: Int32 { isFlooding ? POLLIN | POLLOUT : POLLIN }
  private var isFlooding: Bool { floods && isMonitor && isGreeted && client >= 0 }

  private static let events = Array(
    String(
      repeating: #"{"timestamp":{"seconds":1,"microseconds":2},"event": "GUEST_CRASHLOADED","data":{"action":"run"}}"#
        + "\r\n", count: 500
    ).utf8)

  /// Sends as much of the flood as is taken.
  mutating func flood() {
    guard isFlooding else { return }
    if rest.isEmpty { rest = Self.events[...] }
    let count = rest.withUnsafeBytes {
      send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    }
    if count > 0 { rest = rest.dropFirst(count) }
  }

  /// Takes a waiting client.
  mutating func accept() {
    guard let socket = try? UnixSocket.accept(listener) else { return }
    client = socket.release()
    guard isMonitor else { return }
    let (major, minor, micro) = Probe.version
    let version = #""qemu":{"micro":\#(micro),"minor":\#(minor),"major":\#(major)},"package":"""#
    say(#"{"QMP":{"version":{\#(version)},"capabilities":["oob"]}}"#)
  }

  /// Reads what the client says; lets it go if that was its last word.
  /// - Returns: whole commands.
  mutating func read() -> [JSONText] {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = recv(client, &buffer, buffer.count, Int32(MSG_DONTWAIT))
    if count < 0, errno == EAGAIN || errno == EINTR { return [] }
    guard count > 0, input.count < Self.longest else {
      leave()
      return []
    }
    guard isMonitor else { return [] }
    input += buffer[..<count]
    var commands: [JSONText] = []
    while let end = input.firstIndex(of: 0x0a) {
      commands.append(JSONText(bytes: input[..<end]))
      input = Array(input[(end + 1)...])
    }
    return commands
  }

  /// Answers one command.
  /// - Returns: the events that follow from it.
  mutating func answer(_ command: JSONText, _ machine: inout Machine) -> [(name: String, data: String)] {
    guard let name = command["execute"]?.text else {
      say(#"{"error":{"class":"GenericError","desc":"QMP input lacks member 'execute'"}}"#)
      return []
    }
    let id = command["id"].map { #","id":\#($0.written)"# } ?? ""
    var reply = Reply()
    if isGreeted {
      reply = machine.answer(name, command["arguments"] ?? JSONText(bytes: []))
    } else if name == "qmp_capabilities" {
      isGreeted = true
    } else {
      reply = .refused("Expecting capabilities negotiation with 'qmp_capabilities'", kind: "CommandNotFound")
    }
    if let value = reply.value {
      say(#"{"return":\#(value)\#(id)}"#)
    } else {
      say(#"{"error":{"class":"\#(reply.kind)","desc":"\#(reply.refusal)"}\#(id)}"#)
    }
    return reply.events
  }

  /// Tells an event, if somebody listens.
  mutating func tell(_ name: String, _ data: String) {
    guard isMonitor, isGreeted else { return }
    var now = timeval()
    gettimeofday(&now, nil)
    let time = #""timestamp":{"seconds":\#(now.tv_sec),"microseconds":\#(now.tv_usec)}"#
    say(#"{\#(time),"event":"\#(name)","data":\#(data)}"#)
  }

  /// A client that does not read loses its connection: nobody is to wait for it.
  private mutating func say(_ text: String) {
    guard client >= 0 else { return }
    // Behind the flood, which whoever asks has to read first.
    let bytes = rest + Array((text + "\r\n").utf8)
    rest = []
    let flags = Int32(MSG_NOSIGNAL) | (floods ? 0 : Int32(MSG_DONTWAIT))
    if bytes.withUnsafeBytes({ send(client, $0.baseAddress, $0.count, flags) }) != bytes.count { leave() }
  }

  private mutating func leave() {
    close(client)
    client = -1
    (input, rest) = ([], [])
    isGreeted = false
  }
}
