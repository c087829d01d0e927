/// What is typed at a console: keys for the guest, and the few that are for this program.
///
/// ^] leaves at once, as in telnet(1) and virsh(1). At the start of a line `~` begins an escape as in ssh(1).
struct ConsoleKeys: Sendable {
  /// What to do.
  enum Action: Hashable, Sendable {
    /// The guest's.
    case send([UInt8])
    case leave
    /// Say which escapes there are.
    case help
    /// Show the guest's output as it is, or made safe again.
    case toggleRaw
    /// Take the keyboard.
    case take
  }

  /// ^], the group separator.
  static let leaveByte: UInt8 = 0x1d
  /// What `help` says.
  static let help =
    "^] and ~. leave, ~t takes the keyboard, ~r shows the guest's output unfiltered or filtered, ~~ types ~, ~? is this"

  private var isLineStart = true
  private var hasTilde = false

  /// Takes what was typed.
  mutating func feed(_ bytes: [UInt8]) -> [Action] {
    var actions: [Action] = []
    var keys: [UInt8] = []
    func flush() {
      if !keys.isEmpty { actions.append(.send(keys)) }
      keys = []
    }
    for byte in bytes {
      if byte == Self.leaveByte {
        flush()
        return actions + [.leave]
      }
      if hasTilde {
        hasTilde = false
        if let action = Self.action(byte) {
          flush()
          actions.append(action)
          if action == .leave { return actions }
          continue
        }
        keys.append(UInt8(ascii: "~"))
        isLineStart = false
        if byte == UInt8(ascii: "~") { continue }
      } else if isLineStart, byte == UInt8(ascii: "~") {
        hasTilde = true
        continue
      }
      keys.append(byte)
      isLineStart = byte == 0x0d || byte == 0x0a
    }
    flush()
    return actions
  }

  private static func action(_ byte: UInt8) -> Action? {
    switch byte {
    case UInt8(ascii: "."): .leave
    case UInt8(ascii: "?"): .help
    case UInt8(ascii: "r"): .toggleRaw
    case UInt8(ascii: "t"): .take
    default: nil
    }
  }
}
