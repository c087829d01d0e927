import Failure
import FoundationEssentials
import Glibc
import Linux

/// The files of an event log, as readers see them.
struct EventSegments: Hashable, Sendable {
  let folder: String

  var current: String { folder + "/events.jsonl" }
  var previous: String { folder + "/events.1.jsonl" }

  /// A place in the log: how far somebody has read.
  struct Cursor: Hashable, Sendable {
    /// The last event that was read.
    var sequence: UInt64 = 0
    /// The file it is in (inode) and the byte behind it.
    fileprivate var file: UInt64 = 0
    fileprivate var offset = 0

    /// Behind the event of that number; 0 is the beginning.
    init(after sequence: UInt64 = 0) { self.sequence = sequence }
  }

  /// Longest file that is read; a full segment with a burst on top is below it.
  private static let longest = 64 << 20

  /// The events behind `cursor`, oldest first, and moves it there.
  ///
  /// The file is known by its inode, so it does not matter that it was renamed meanwhile.
  func read(_ cursor: inout Cursor) -> [NumberedEvent] {
    var events: [NumberedEvent] = []
    let open = open
    let known = open.firstIndex { $0.inode == cursor.file && cursor.file != 0 }
    for (index, segment) in open.enumerated() where index >= known ?? 0 {
      let start = index == known ? cursor.offset : 0
      let bytes = segment.read(from: start)
      // What has no end yet is still being written.
      guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { continue }
      for line in bytes[...end].split(separator: UInt8(ascii: "\n")) {
        guard let event = EventLine.event(line), event.sequence > cursor.sequence else { continue }
        events.append(event)
        cursor.sequence = event.sequence
      }
      (cursor.file, cursor.offset) = (segment.inode, start + end + 1)
    }
    return events
  }

  /// The newest `count` events that fit, oldest first.
  /// - Parameter vm: id of the VM they are about; nil for all.
  func last(_ count: Int, of vm: String? = nil, where fits: (HostEvent) -> Bool = { _ in true }) -> [NumberedEvent] {
    var found: [NumberedEvent] = []
    let needle = vm.map { Array($0.utf8) }
    for path in [current, previous] where found.count < count {
      let bytes = (try? Files.read(path, limit: Self.longest)) ?? []
      for line in bytes.split(separator: UInt8(ascii: "\n")).reversed() {
        if found.count >= count { break }
        // Decoding costs most, and most lines are about others.
        if let needle, !line.contains(needle) { continue }
        guard let event = EventLine.event(line), vm == nil || event.event.vm == vm, fits(event.event) else { continue }
        found.append(event)
      }
    }
    return found.reversed()
  }

  /// Behind the newest event.
  var end: Cursor {
    guard let segment = Segment(current) else { return Cursor(after: lastSequence) }
    let bytes = segment.read(from: 0)
    guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")),
      let newest = bytes[...end].split(separator: UInt8(ascii: "\n")).reversed().lazy.compactMap(EventLine.event).first
    else { return Cursor(after: lastSequence) }
    var cursor = Cursor(after: newest.sequence)
    (cursor.file, cursor.offset) = (segment.inode, end + 1)
    return cursor
  }

  /// The number of the newest event, 0 if there is none.
  var lastSequence: UInt64 { last(1).first?.sequence ?? 0 }

  /// Whether a crash has left a line without its end.
  var isTorn: Bool {
    let size = LogTail.size(current)
    return size > 0 && LogTail.read(current, from: size - 1, limit: 1) != [UInt8(ascii: "\n")]
  }

  /// The files there are, older first.
  private var open: [Segment] {
    // The current one first: what takes the older one's place meanwhile is then read as current.
    let newer = Segment(current)
    let older = Segment(previous)
    return [older?.inode == newer?.inode ? nil : older, newer].compactMap(\.self)
  }

  /// One file, open.
  private final class Segment {
    let inode: UInt64
    private let file: Descriptor

    init?(_ path: String) {
      guard let file = try? Files.open(path, O_RDONLY) else { return nil }
      var status = stat()
      guard fstat(file.raw, &status) == 0 else { return nil }
      inode = UInt64(status.st_ino)
      self.file = file
    }

    /// Everything from byte `start` on.
    func read(from start: Int) -> [UInt8] {
      var bytes: [UInt8] = []
      var chunk = [UInt8](repeating: 0, count: 64 << 10)
      while true {
        let got = pread(file.raw, &chunk, chunk.count, off_t(start + bytes.count))
        guard got > 0 else { return bytes }
        bytes += chunk.prefix(got)
      }
    }
  }
}
