/// Cuts a stream of bytes into lines, bounded, at any chunking.
///
/// With a mark (0xFF for the guest agent, which is no byte of UTF-8) everything before the mark on its line is rubbish
/// of an earlier conversation and is dropped.
public struct LineFramer: Sendable {
  /// One piece of the stream.
  public enum Piece: Hashable, Sendable {
    /// A line without its end, and whether the mark stood before it. Empty lines are dropped.
    case line([UInt8], marked: Bool)
    /// A line of more than the limit; it was thrown away up to its end.
    case tooLong
  }

  /// Most bytes of a line.
  public let limit: Int
  private let mark: UInt8?
  private var buffer: [UInt8] = []
  private var isMarked = false
  private var skips = false

  /// Makes a framer at the start of a line.
  public init(limit: Int, mark: UInt8? = nil) {
    self.limit = limit
    self.mark = mark
  }

  /// Bytes that wait for the end of their line.
  public var pending: Int { buffer.count }

  /// Takes the next bytes and gives the lines that end in them.
  public mutating func feed(_ bytes: some Sequence<UInt8>) -> [Piece] {
    var pieces: [Piece] = []
    for byte in bytes {
      if byte == 0x0a {
        if let piece = finish() { pieces.append(piece) }
      } else if byte == mark {
        buffer.removeAll(keepingCapacity: true)
        isMarked = true
        skips = false
      } else if !skips {
        if buffer.count == limit {
          buffer = []
          skips = true
        } else {
          buffer.append(byte)
        }
      }
    }
    return pieces
  }

  private mutating func finish() -> Piece? {
    defer {
      // A big buffer goes back at once: there is one framer per guest.
      buffer.removeAll(keepingCapacity: buffer.count < 1 << 16)
      isMarked = false
      skips = false
    }
    if skips { return .tooLong }
    if buffer.last == 0x0d { buffer.removeLast() }
    return buffer.isEmpty ? nil : .line(buffer, marked: isMarked)
  }
}
