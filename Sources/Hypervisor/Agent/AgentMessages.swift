import Failure
import Text

/// How a program in the guest ended (`guest-exec-status`).
package struct GuestProgramResult: Hashable, Sendable {
  /// The end itself.
  package enum End: Hashable, Sendable {
    /// It called exit with this status.
    case exited(Int32)
    /// A signal of this number ended it.
    case signalled(Int32)
  }

  /// How it ended.
  package var end: End
  /// What it wrote to standard output, if that was asked for.
  package var output: [UInt8]
  /// What it wrote to standard error, if that was asked for.
  package var errors: [UInt8]
  /// Whether the agent dropped the end of the output (it keeps `GuestAgent.outputLimit`).
  package var isOutputTruncated: Bool
  /// The same of the errors.
  package var areErrorsTruncated: Bool

  /// Whether something was dropped.
  package var isTruncated: Bool { isOutputTruncated || areErrorsTruncated }

  /// The status a shell would show: the exit status, or 128 and the signal.
  package var shellStatus: Int32 {
    switch end {
    case .exited(let status): status
    // Seven bits are all that a signal can have (wait(2)); a guest may claim any number.
    case .signalled(let signal): 128 + signal & 0x7f
    }
  }
}

/// What the agent says of itself (`guest-info`).
package struct GuestAgentInfo: Hashable, Sendable {
  /// Its release.
  package var version: String
  /// Names of the commands that are enabled.
  package var commands: Set<String>
}

/// A network card as the guest sees it (`guest-network-get-interfaces`).
package struct GuestInterface: Hashable, Sendable {
  /// An address and the length of its network's prefix.
  package struct Address: Hashable, Sendable {
    /// The address in its usual text form.
    package var address: String
    /// Bits of the prefix.
    package var prefix: Int
    /// Whether it is IPv6.
    package var isIPv6: Bool
  }

  /// Name in the guest.
  package var name: String
  /// Hardware address; nil for devices without.
  package var mac: String?
  /// Its addresses.
  package var addresses: [Address]
}

/// What `guest-shutdown` can do. `halt` leaves QEMU running without an event and is left out.
package enum GuestShutdownMode: String, Hashable, Sendable {
  /// Powers off.
  case powerdown
  /// Starts again.
  case reboot
}

/// Requests and answers of the agent as values (qga/qapi-schema.json of QEMU).
enum AgentMessage {
  /// 0xFF in front makes the agent's own parser forget a message that somebody left unfinished.
  static let mark: UInt8 = 0xff

  static func request(_ command: String, _ arguments: JSON?) throws(Failure) -> [UInt8] {
    var message: [String: JSON] = ["execute": .string(command)]
    if let arguments { message["arguments"] = arguments }
    return try JSON.object(message).bytes() + [0x0a]
  }

  static func sync(_ id: Int64) throws(Failure) -> [UInt8] {
    [mark] + (try request("guest-sync-delimited", ["id": .integer(id)]))
  }

  static func answer(_ message: JSON, to command: String) throws(Failure) -> JSON {
    if let value = message["return"] { return value }
    let text = (message["error"]?["desc"]?.string).map(clip) ?? "an answer without return and error"
    let kind = message["error"]?["class"]?.string
    if AgentWords.meansFrozen(text) {
      throw Failure(
        .state, part: .agent, operation: "ask guest agent", object: command,
        cause: "the guest's file systems are frozen, and its agent does nothing else until they are thawed",
        remedy: "thaw them: vmsupervisor thaw VM")
    }
    throw Failure(
      kind == "CommandNotFound" ? .unsupported : .system, part: .agent, operation: "ask guest agent", object: command,
      cause: text)
  }

  /// The guest's own words go into records and events: a sentence of them.
  private static func clip(_ words: String) -> String { words.cut(to: 500) }

  static func interfaces(_ value: JSON) -> [GuestInterface] {
    (value.array ?? []).map { entry in
      GuestInterface(
        name: entry["name"]?.string ?? "", mac: entry["hardware-address"]?.string,
        addresses: (entry["ip-addresses"]?.array ?? []).compactMap { address in
          guard let text = address["ip-address"]?.string else { return nil }
          return GuestInterface.Address(
            address: text, prefix: Int(truncatingIfNeeded: address["prefix"]?.integer ?? 0),
            isIPv6: address["ip-address-type"]?.string == "ipv6")
        })
    }
  }

  static func info(_ value: JSON) -> GuestAgentInfo {
    let commands = (value["supported_commands"]?.array ?? []).filter { $0["enabled"]?.bool == true }
    return GuestAgentInfo(
      version: value["version"]?.string ?? "", commands: Set(commands.compactMap { $0["name"]?.string }))
  }
}
