/// A control sequence (`CSI` in ECMA-48, 5.4): private prefix, parameters, intermediate bytes, final byte.
struct ControlSequence: Hashable, Sendable {
  /// `?`, `>`, `=` or `<` before the parameters: what is not the standard's.
  var prefix: UInt8?
  /// The digits between the semicolons; empty is the default.
  var parameters: [[UInt8]]
  var intermediates: [UInt8]
  var final: UInt8

  /// Reads what stands between the introducer and the final byte; nil if it is not in the standard's order.
  init?(_ middle: [UInt8], final: UInt8) {
    var rest = middle[...]
    if let first = rest.first, (0x3c...0x3f).contains(first) { prefix = rest.removeFirst() }
    let numbers = rest.prefix { (0x30...0x3b).contains($0) }
    intermediates = Array(rest.dropFirst(numbers.count))
    guard intermediates.allSatisfy({ (0x20...0x2f).contains($0) }) else { return nil }
    parameters = numbers.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map(Array.init)
    if numbers.isEmpty { parameters = [] }
    self.final = final
  }

  /// A parameter as number; 0 if it is left out, nil if there is more in it than a number.
  func number(_ index: Int) -> Int? {
    guard index < parameters.count else { return 0 }
    return parameters[index].isEmpty ? 0 : Int(String(decoding: parameters[index], as: UTF8.self))
  }

  /// All parameters as numbers; nil if one is none.
  var numbers: [Int]? {
    let all = parameters.indices.compactMap(number)
    return all.count == parameters.count ? all : nil
  }

  /// The bytes, introducer included.
  var bytes: [UInt8] {
    let middle = Array(parameters.joined(separator: [UInt8(ascii: ";")]))
    return [0x1b, UInt8(ascii: "[")] + (prefix.map { [$0] } ?? []) + middle + intermediates + [final]
  }

  /// The part of it that a live screen may get; nil if none of it.
  ///
  /// What draws, moves, colours, and what a screen needs for a while (`TerminalTraces` takes it back). Everything else is
  /// not passed: media copy (`i`), window operations (`t`), checksums of the screen (`*y`), reports of mouse, focus, modes
  /// and keys, resets of what belongs to the user (scrollback, tabs, leds).
  var passed: ControlSequence? {
    switch (prefix, intermediates) {
    case (nil, []): isPlainPassed ? self : nil
    case (UInt8(ascii: "?"), []): privatePassed
    // Soft reset; shape of the cursor; scrolling sideways.
    case (nil, [UInt8(ascii: "!")]): final == UInt8(ascii: "p") && parameters.isEmpty ? self : nil
    case (nil, [UInt8(ascii: " ")]): "q@A".utf8.contains(final) && numbers != nil ? self : nil
    default: nil
    }
  }

  private var isPlainPassed: Bool {
    switch final {
    case UInt8(ascii: "m"): return true
    case _ where numbers == nil: return false
    // With more than one it is mouse tracking of a region.
    case UInt8(ascii: "T"), UInt8(ascii: "S"): return parameters.count <= 1
    // The third kind of `J` is the scrollback, which has what was there before the guest.
    case UInt8(ascii: "J"), UInt8(ascii: "K"): return (0...2).contains(number(0) ?? -1) && parameters.count <= 1
    // Insert mode.
    case UInt8(ascii: "h"), UInt8(ascii: "l"): return numbers == [4]
    // Whether it is there, where the cursor is, what it is: shells and `resize` ask that.
    case UInt8(ascii: "n"): return numbers == [5] || numbers == [6]
    case UInt8(ascii: "c"): return parameters.isEmpty || numbers == [0]
    // Saving and restoring the cursor; with parameters they are margins and keys.
    case UInt8(ascii: "s"), UInt8(ascii: "u"): return parameters.isEmpty
    default: return "@ABCDEFGHILMPXZ`abdefr".utf8.contains(final)
    }
  }

  /// DEC's private ones: selective erasing, and the modes that are on the list.
  private var privatePassed: ControlSequence? {
    guard let numbers else { return nil }
    switch final {
    case UInt8(ascii: "J"), UInt8(ascii: "K"): return numbers.allSatisfy { (0...2).contains($0) } ? self : nil
    case UInt8(ascii: "h"), UInt8(ascii: "l"):
      var rest = self
      rest.parameters = zip(numbers, parameters).filter { TerminalTraces.modes[$0.0] != nil }.map(\.1)
      return rest.parameters.isEmpty ? nil : rest
    default: return nil
    }
  }
}
