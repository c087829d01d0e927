import Failure
import Glibc
import Linux

/// The open end of the log. Belongs to the queue that writes.
struct EventFile: ~Copyable {
  private var descriptor: Descriptor?
  private var next: UInt64 = 0
  /// Lines at the end of what was found that are no events of ours, and of that no event tells yet.
  private var misnumbered = 0
  /// Whether the last line may be without its end.
  private var isTorn = false

  /// Appends events, and first one that says how many before them were lost.
  mutating func write(_ events: [HostEvent], lost: Int, _ segments: EventSegments, limit: Int) throws(Failure) {
    do throws(Errno) {
      try open(segments, limit: limit)
      var events = events
      if misnumbered > 0 {
        let what =
          "the log of events is damaged: \(misnumbered) of its last events have numbers that were never given, "
          + "and are passed over"
        events.insert(HostEvent(kind: .warning, what: what), at: 0)
      }
      if lost > 0 {
        events.insert(HostEvent(kind: .warning, what: "\(lost) events could not be written"), at: 0)
      }
      var bytes: [UInt8] = isTorn ? [UInt8(ascii: "\n")] : []
      for (index, event) in events.enumerated() {
        bytes += EventLine.bytes(NumberedEvent(sequence: next + UInt64(index), event.clipped))
      }
      try append(bytes)
      next += UInt64(events.count)
      misnumbered = 0
    } catch {
      throw error.stateFailure("write event", segments.current)
    }
  }

  private mutating func append(_ bytes: [UInt8]) throws(Errno) {
    guard let raw = number else { throw Errno(EBADF) }
    var before = stat()
    guard fstat(raw, &before) == 0 else { throw Errno(errno) }
    do throws(Errno) { try Files.writeAll(bytes, to: raw) } catch {
      // The beginning of it may be there; all of it is written again.
      if ftruncate(raw, before.st_size) != 0 { isTorn = true }
      throw error
    }
    isTorn = false
  }

  private var number: Int32? {
    switch descriptor {
    case .some(let open): open.raw
    case .none: nil
    }
  }

  /// Opens the file if it is not, and begins another one when it is full or was removed.
  private mutating func open(_ segments: EventSegments, limit: Int) throws(Errno) {
    if let number {
      var status = stat()
      guard fstat(number, &status) == 0, status.st_nlink > 0 else {
        descriptor = nil
        return try open(segments, limit: limit)
      }
      guard status.st_size >= limit else { return }
      descriptor = nil
      guard rename(segments.current, segments.previous) == 0 else { throw Errno(errno) }
    }
    try Files.makeFolders(segments.folder)
    let file = try Files.open(segments.current, O_WRONLY | O_CREAT | O_APPEND)
    isTorn = segments.isTorn
    if next == 0 {
      next = segments.lastSequence + 1
      misnumbered = segments.misnumbered
    }
    descriptor = consume file
  }
}
