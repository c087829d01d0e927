import Glibc

/// Cuts a stream of bytes into lines, bounded, at any chunking.
///
/// With a mark (0xFF for the guest agent, which is no byte of UTF-8) everything before the mark on its line is rubbish
/// of an earlier conversation and is dropped.
package struct LineFramer: Sendable {
  /// One piece of the stream.
  package enum Piece: Hashable, Sendable {
    /// A line without its end, and whether the mark stood before it. Empty lines are dropped.
    case line([UInt8], marked: Bool)
    /// A line of more than the limit; it was thrown away up to its end.
    case tooLong
  }

  /// What becomes of the bytes up to the next end of a line or mark.
  private enum Fate {
    case kept
    case tooLong
    /// Nobody wanted the beginning, so nobody gets the end.
    case dropped
  }

  /// Most bytes of a line. A change counts for what comes.
  package var limit: Int
  private let mark: UInt8?
  private var buffer: [UInt8] = []
  private var isMarked = false
  private var fate = Fate.kept

  /// Makes a framer at the start of a line.
  package init(limit: Int, mark: UInt8? = nil) {
    self.limit = limit
    self.mark = mark
  }

  /// Bytes that wait for the end of their line.
  package var pending: Int { buffer.count }

  /// Takes the next bytes and gives the lines that end in them.
  package mutating func feed(_ bytes: some Sequence<UInt8>) -> [Piece] {
    let pieces = bytes.withContiguousStorageIfAvailable { feed(UnsafeRawBufferPointer($0)) }
    return pieces ?? Array(bytes).withUnsafeBytes { feed($0) }
  }

  /// The same for bytes that lie somewhere: whole lines are found and copied at a time.
  package mutating func feed(_ bytes: UnsafeRawBufferPointer) -> [Piece] {
    var pieces: [Piece] = []
    var rest = bytes
    while !rest.isEmpty {
      let end = Self.index(of: 0x0a, in: rest)
      take(UnsafeRawBufferPointer(rebasing: rest[..<(end ?? rest.count)]))
      guard let end else { break }
      if let piece = finish() { pieces.append(piece) }
      rest = UnsafeRawBufferPointer(rebasing: rest[(end + 1)...])
    }
    return pieces
  }

  /// Takes bytes that nobody wants, without keeping or reading any; what has begun is forgotten, and the line that the
  /// last of them is in gives no piece.
  package mutating func drop(_ bytes: UnsafeRawBufferPointer) {
    guard let last = bytes.last else { return }
    buffer = []
    isMarked = false
    fate = last == 0x0a ? .kept : .dropped
  }

  private mutating func take(_ part: UnsafeRawBufferPointer) {
    var part = part
    if let mark, Self.index(of: mark, in: part) != nil, let last = part.lastIndex(of: mark) {
      buffer.removeAll(keepingCapacity: true)
      isMarked = true
      fate = .kept
      part = UnsafeRawBufferPointer(rebasing: part[(last + 1)...])
    }
    guard fate == .kept else { return }
    if part.count > limit - buffer.count {
      buffer = []
      fate = .tooLong
    } else {
      buffer.append(contentsOf: part)
    }
  }

  private static func index(of byte: UInt8, in bytes: UnsafeRawBufferPointer) -> Int? {
    guard let start = bytes.baseAddress, let place = memchr(start, Int32(byte), bytes.count) else { return nil }
    return UnsafeRawPointer(place) - start
  }

  private mutating func finish() -> Piece? {
    defer {
      // A big buffer goes back at once: there is one framer per guest.
      buffer.removeAll(keepingCapacity: buffer.count < 1 << 16)
      isMarked = false
      fate = .kept
    }
    switch fate {
    case .tooLong: return .tooLong
    case .dropped: return nil
    case .kept:
      if buffer.last == 0x0d { buffer.removeLast() }
      return buffer.isEmpty ? nil : .line(buffer, marked: isMarked)
    }
  }
}
