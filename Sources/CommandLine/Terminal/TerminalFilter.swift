/// A guest's output for a terminal that is to work like one, without what reaches beyond the screen.
///
/// Live output keeps what is on a list (`ControlSequence.passed`): what draws and moves, and the questions about cursor and
/// device that shells ask. All else goes, strings (OSC, DCS, APC, PM, SOS: titles, clipboard, downloads) among it, in all
/// spellings: ESC, C1 as UTF-8, C1 as bytes (ECMA-48; xterm's ctlseqs). Output of the past keeps text and colours only: its
/// questions would be answered to a guest that does not ask any more.
struct TerminalFilter: Sendable {
  /// Which output.
  enum Mode: Sendable { case past, live }

  private enum State: Hashable, Sendable {
    case ground
    case escape([UInt8])
    case sequence([UInt8])
    case string(length: Int, escaped: Bool)
  }

  private let mode: Mode
  private var state = State.ground
  /// Continuation bytes that the character still needs.
  private var needed = 0
  /// 0xc2 came: what follows may be a control character.
  private var hasC2 = false
  /// What was shown and lasts.
  var traces = TerminalTraces()

  /// Longest control sequence that is passed on; those of programs have a dozen bytes.
  private static let sequenceLimit = 64
  /// Bytes after which a string without an end is given up.
  private static let stringLimit = 1 << 16

  init(_ mode: Mode) { self.mode = mode }

  /// Takes the next bytes, gives what may be shown.
  mutating func feed(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var shown: [UInt8] = []
    for byte in bytes { take(byte, &shown) }
    return shown
  }

  private mutating func take(_ byte: UInt8, _ shown: inout [UInt8]) {
    if hasC2 {
      hasC2 = false
      if (0x80..<0xa0).contains(byte) { return control(byte) }
      if byte & 0xc0 == 0x80 {
        if state == .ground { shown += [0xc2, byte] }
        return
      }
    } else if needed > 0, byte & 0xc0 == 0x80 {
      needed -= 1
      if state == .ground { shown.append(byte) }
      return
    }
    needed = 0
    switch byte {
    case 0x80..<0xa0: control(byte)
    case 0xc2: hasC2 = true
    case 0x18, 0x1a: state = .ground
    default: plain(byte, &shown)
    }
  }

  private mutating func plain(_ byte: UInt8, _ shown: inout [UInt8]) {
    switch state {
    case .ground: ground(byte, &shown)
    case .escape(let middle): escape(byte, middle, &shown)
    case .sequence(let begun): sequence(byte, begun, &shown)
    case .string(_, escaped: true) where byte == UInt8(ascii: "\\"): state = .ground
    case .string(let length, _):
      let isOver = byte == 0x07 || length >= Self.stringLimit
      state = isOver ? .ground : .string(length: length + 1, escaped: byte == 0x1b)
    }
  }

  private mutating func ground(_ byte: UInt8, _ shown: inout [UInt8]) {
    switch byte {
    case 0x1b: state = .escape([])
    case 0x08...0x0a, 0x0d: shown.append(byte)
    // BEL, VT, FF, and the shifts to the second set of characters and back.
    case 0x07, 0x0b, 0x0c, 0x0e, 0x0f:
      guard mode == .live else { return }
      if byte == 0x0e { traces.noteShift() }
      shown.append(byte)
    case ..<0x20, 0x7f: break
    default:
      needed = byte >= 0xf5 ? 0 : byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc3 ? 1 : 0
      shown.append(byte)
    }
  }

  private mutating func escape(_ byte: UInt8, _ middle: [UInt8], _ shown: inout [UInt8]) {
    switch byte {
    case 0x1b: state = .escape([])
    case UInt8(ascii: "[") where middle.isEmpty: state = .sequence([])
    case UInt8(ascii: "]") where middle.isEmpty, UInt8(ascii: "P") where middle.isEmpty,
      UInt8(ascii: "X") where middle.isEmpty, UInt8(ascii: "^") where middle.isEmpty,
      UInt8(ascii: "_") where middle.isEmpty:
      state = .string(length: 0, escaped: false)
    case 0x20..<0x30 where middle.count < 4: state = .escape(middle + [byte])
    case 0x30..<0x7f:
      state = .ground
      guard mode == .live else { return }
      if middle.isEmpty, byte == UInt8(ascii: "c") {
        shown += traces.reset()
      } else if Self.isPassed(middle, byte) {
        traces.noteEscape(middle, byte)
        shown += [0x1b] + middle + [byte]
      }
    default: state = .ground
    }
  }

  /// Saving and restoring the cursor, keypad, moving by a line; characters for frames; UTF-8; a pattern for adjusting.
  private static func isPassed(_ middle: [UInt8], _ final: UInt8) -> Bool {
    switch middle {
    case []: "78=>DEM".utf8.contains(final)
    case [UInt8(ascii: "(")], [UInt8(ascii: ")")]: "0ABU".utf8.contains(final)
    case [UInt8(ascii: "%")]: final == UInt8(ascii: "G")
    case [UInt8(ascii: "#")]: "34568".utf8.contains(final)
    default: false
    }
  }

  private mutating func sequence(_ byte: UInt8, _ begun: [UInt8], _ shown: inout [UInt8]) {
    switch byte {
    case 0x1b: state = .escape([])
    case 0x20..<0x40: state = .sequence(begun.count < Self.sequenceLimit ? begun + [byte] : begun)
    case 0x40..<0x7f:
      state = .ground
      guard begun.count < Self.sequenceLimit, let whole = ControlSequence(begun, final: byte) else { return }
      let isColour = byte == UInt8(ascii: "m") && whole.prefix == nil && whole.intermediates.isEmpty
      guard let part = mode == .past && !isColour ? nil : whole.passed else { return }
      traces.note(part)
      shown += part.bytes
    case ..<0x20: break
    default: state = .ground
    }
  }

  /// A control character of the upper half (C1).
  private mutating func control(_ byte: UInt8) {
    switch (byte, state) {
    case (0x9c, .string): state = .ground
    case (_, .string(let length, _)): state = .string(length: length + 1, escaped: false)
    case (0x9b, _): state = .sequence([])
    case (0x90, _), (0x98, _), (0x9d...0x9f, _): state = .string(length: 0, escaped: false)
    default: state = .ground
    }
  }
}
