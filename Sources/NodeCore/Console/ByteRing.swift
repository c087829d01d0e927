/// The newest bytes of a stream, up to a limit, each with its place in the whole stream.
///
/// Takes memory only as far as it is used: it begins with a page, doubles, and gives all back when it is emptied.
package struct ByteRing: Sendable {
  /// Most bytes that are kept.
  package let limit: Int
  /// Place of the byte that will come next.
  package private(set) var end: UInt64 = 0
  /// Bytes that are kept.
  package private(set) var count = 0

  private var storage: [UInt8] = []
  /// Index in `storage` of the oldest byte.
  private var head = 0

  private static let firstAllocation = 4096

  init(limit: Int) { self.limit = max(1, limit) }

  /// Place of the oldest byte that is kept.
  package var start: UInt64 { end - UInt64(count) }
  /// Bytes of memory in use.
  var allocated: Int { storage.count }

  /// Adds bytes, and drops the oldest of what is too much.
  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    end += UInt64(bytes.count)
    let kept = bytes.suffix(limit)
    guard !kept.isEmpty else { return }
    grow(to: min(limit, count + kept.count))
    let room = storage.count
    let first = (head + count) % room
    let straight = min(kept.count, room - first)
    storage.replaceSubrange(first..<first + straight, with: kept.prefix(straight))
    storage.replaceSubrange(0..<kept.count - straight, with: kept.dropFirst(straight))
    let excess = max(0, count + kept.count - room)
    head = (head + excess) % room
    count += kept.count - excess
  }

  /// Makes room for `need` bytes, oldest first from index 0.
  private mutating func grow(to need: Int) {
    guard need > storage.count else { return }
    var size = max(Self.firstAllocation, storage.count)
    while size < need { size *= 2 }
    var larger = bytes(after: 0, count)
    larger.reserveCapacity(min(size, limit))
    larger.append(contentsOf: repeatElement(0, count: min(size, limit) - larger.count))
    storage = larger
    head = 0
  }

  /// Counts bytes that are not kept, and forgets those that are.
  mutating func skip(_ bytes: Int) {
    restart(at: end + UInt64(bytes))
  }

  /// Forgets everything; the next byte is that of `place`.
  package mutating func restart(at place: UInt64) {
    storage = []
    head = 0
    count = 0
    end = place
  }

  /// Moves all places by as much: the bytes stay.
  package mutating func shift(by distance: UInt64) { end += distance }

  /// Up to `limit` bytes from `place`; none if that is not kept.
  package func read(from place: UInt64, limit: Int) -> [UInt8] {
    guard place >= start, place < end else { return [] }
    return bytes(after: Int(place - start), min(limit, Int(end - place)))
  }

  /// `length` bytes of what is kept, without the oldest `skipped`.
  private func bytes(after skipped: Int, _ length: Int) -> [UInt8] {
    if length == 0 { return [] }
    let first = (head + skipped) % storage.count
    let straight = min(length, storage.count - first)
    return Array(storage[first..<first + straight]) + storage[..<(length - straight)]
  }
}
