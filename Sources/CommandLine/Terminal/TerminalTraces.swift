/// What a guest's output has left set in a terminal, and what takes it back.
struct TerminalTraces: Hashable, Sendable {
  /// DEC's private modes that a guest may set, with what is usual (xterm's ctlseqs, "DEC Private Mode Set"):
  /// cursor keys, reverse video, origin, wrapping, blinking cursor, cursor, alternate screen in its spellings, keypad,
  /// bracketed paste, synchronised output.
  static let modes: [Int: Bool] = [
    1: false, 5: false, 6: false, 7: true, 12: false, 25: true, 47: false, 66: false, 1047: false, 1048: false,
    1049: false, 2004: false, 2026: false,
  ]
  private static let alternateScreens = [1049, 1047, 47]
  /// What only unfiltered output can have set: reports of mouse and focus, and of keys.
  private static let foreignModes = [9, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 1016]

  /// Modes that are not as usual.
  private var changed: Set<Int> = []
  private var hasMargins = false
  private var hasCursorShape = false
  private var hasKeypad = false
  private var hasCharset = false
  private var hasInsert = false
  private var hasColour = false
  /// Whether the terminal was asked something: its answer may still be on its way.
  private(set) var hasQuestion = false
  /// Whether something reached the terminal unfiltered.
  var isUnfiltered = false

  /// Notes a control sequence that was shown.
  mutating func note(_ sequence: ControlSequence) {
    switch (sequence.prefix, sequence.intermediates, sequence.final) {
    case (UInt8(ascii: "?"), [], let final) where final == UInt8(ascii: "h") || final == UInt8(ascii: "l"):
      for mode in sequence.numbers ?? [] {
        guard let usual = Self.modes[mode] else { continue }
        if (final == UInt8(ascii: "h")) == usual { changed.remove(mode) } else { changed.insert(mode) }
      }
    case (nil, [], UInt8(ascii: "h")): hasInsert = true
    case (nil, [], UInt8(ascii: "l")): hasInsert = false
    case (nil, [], UInt8(ascii: "m")): hasColour = !(sequence.parameters.isEmpty || sequence.numbers == [0])
    case (nil, [], UInt8(ascii: "r")): hasMargins = !sequence.parameters.isEmpty
    case (nil, [], UInt8(ascii: "n")), (nil, [], UInt8(ascii: "c")): hasQuestion = true
    case (nil, [UInt8(ascii: " ")], UInt8(ascii: "q")): hasCursorShape = !(sequence.numbers ?? []).isEmpty
    default: break
    }
  }

  /// Notes an escape sequence that was shown, and control characters that shift.
  mutating func noteEscape(_ middle: [UInt8], _ final: UInt8) {
    switch (middle, final) {
    case ([], UInt8(ascii: "=")): hasKeypad = true
    case ([], UInt8(ascii: ">")): hasKeypad = false
    case let (middle, _) where middle.count == 1 && middle != [UInt8(ascii: "#")]: hasCharset = true
    default: break
    }
  }

  /// SO: the second set of characters.
  mutating func noteShift() { hasCharset = true }

  /// What puts the terminal back, without moving the cursor if that can be; empty if nothing was left.
  var undoing: [UInt8] {
    var text = ""
    let touched =
      isUnfiltered ? changed.union(Self.modes.keys).subtracting(Self.alternateScreens + [6, 1048]) : changed
    // An unfinished string or sequence.
    if isUnfiltered { text += "\u{18}\u{1b}\\" }
    // First the user's own screen; it brings the cursor back to where it was.
    for mode in Self.alternateScreens where changed.contains(mode) { text += "\u{1b}[?\(mode)l" }
    let isOrigin = changed.contains(6)
    // Both move the cursor to the corner; saving keeps the origin as well, so that goes first.
    if isOrigin { text += "\u{1b}[?6l" }
    if hasMargins || isUnfiltered { text += "\u{1b}7\u{1b}[r\u{1b}8" }
    for mode in touched.sorted() where mode != 6 && mode != 1048 && !Self.alternateScreens.contains(mode) {
      text += "\u{1b}[?\(mode)\(Self.modes[mode] == true ? "h" : "l")"
    }
    if isUnfiltered { text += Self.foreignModes.map { "\u{1b}[?\($0)l" }.joined() + "\u{1b}[>4;0m\u{1b}[<u" }
    if hasInsert || isUnfiltered { text += "\u{1b}[4l" }
    if hasKeypad || isUnfiltered { text += "\u{1b}>" }
    if hasCharset || isUnfiltered { text += "\u{1b}(B\u{1b})B\u{0f}" }
    if hasCursorShape || isUnfiltered { text += "\u{1b}[0 q" }
    if hasColour || isUnfiltered { text += "\u{1b}[0m" }
    return Array(text.utf8)
  }

  /// The guest's full reset (`ESC c`), as far as it concerns the guest: a clean screen in the usual modes, and nothing of
  /// what was there before it.
  mutating func reset() -> [UInt8] {
    let bytes = undoing + Array("\u{1b}[0m\u{1b}(B\u{0f}\u{1b}[H\u{1b}[2J".utf8)
    var fresh = TerminalTraces()
    (fresh.hasQuestion, fresh.isUnfiltered) = (hasQuestion, isUnfiltered)
    self = fresh
    return bytes
  }
}
