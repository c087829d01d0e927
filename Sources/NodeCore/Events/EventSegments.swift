import Failure
import FoundationEssentials
import Linux

/// The files of an event log, as readers see them.
package struct EventSegments: Hashable, Sendable {
  package let folder: String

  package var current: String { folder + "/events.jsonl" }
  var previous: String { folder + "/events.1.jsonl" }

  /// A place in the log: how far somebody has read.
  package struct Cursor: Hashable, Sendable {
    /// The last event that was read.
    package var sequence: UInt64 = 0
    /// The file it is in (inode) and the byte behind it.
    fileprivate var file: UInt64 = 0
    fileprivate var offset = 0

    /// Behind the event of that number; 0 is the beginning.
    package init(after sequence: UInt64 = 0) { self.sequence = sequence }
  }

  /// About as many bytes of the log are in memory at a time for one reader.
  static let pageSize = 64 << 10
  /// No event is shorter, in bytes: its time, sequence, kind and the names of its fields.
  private static let shortest = 64

  /// All events behind `cursor`, oldest first, and moves it there.
  package func read(_ cursor: inout Cursor) -> [NumberedEvent] {
    var events: [NumberedEvent] = []
    while true {
      let page = page(&cursor)
      if page.isEmpty { return events }
      events += page
    }
  }

  /// The next events behind `cursor`, oldest first and about a page of them, and moves it there; none if there are no more.
  ///
  /// The file is known by its inode, so it does not matter that it was renamed meanwhile.
  package func page(_ cursor: inout Cursor) -> [NumberedEvent] {
    let open = open
    let known = open.firstIndex { $0.inode == cursor.file && cursor.file != 0 }
    for (index, segment) in open.enumerated() where index >= known ?? 0 {
      var start = index == known ? cursor.offset : 0
      // What has no end yet is still being written.
      while let bytes = segment.lines(from: start, about: Self.pageSize) {
        var events: [NumberedEvent] = []
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
          guard let event = EventLine.event(line), event.sequence > cursor.sequence else { continue }
          events.append(event)
          cursor.sequence = event.sequence
        }
        start += bytes.count
        (cursor.file, cursor.offset) = (segment.inode, start)
        if !events.isEmpty { return events }
      }
    }
    return []
  }

  /// The newest `count` events that fit, oldest first. For few; of many `place` tells the beginning, to go on in pages.
  /// - Parameter vm: id of the VM they are about; nil for all.
  package func last(_ count: Int, of vm: String? = nil, where fits: (HostEvent) -> Bool = { _ in true })
    -> [NumberedEvent]
  {
    var found: [NumberedEvent] = []
    newestFirst(of: vm) { event, _ in
      if fits(event.event) { found.append(event) }
      return found.count < count
    }
    return found.reversed()
  }

  /// Where the newest `count` events that fit begin.
  /// - Parameter last: number of the newest that counts; others may come while somebody asks.
  package func place(
    ofLast count: Int, upTo last: UInt64 = .max, of vm: String? = nil,
    where fits: (HostEvent) -> Bool = { _ in true }
  ) -> Cursor {
    // Then it is all of them.
    guard count < open.map(\.size).reduce(0, +) / Self.shortest else { return Cursor() }
    var place = Cursor()
    var missing = count
    newestFirst(of: vm) { event, cursor in
      guard event.sequence <= last, fits(event.event) else { return true }
      missing -= 1
      place = cursor
      return missing > 0
    }
    return missing > 0 ? Cursor() : place
  }

  /// Behind the newest event.
  package var end: Cursor {
    guard let segment = EventSegment(current) else { return Cursor(after: lastSequence) }
    var end: Cursor?
    segment.linesBackwards { line, start in
      guard let event = EventLine.event(line) else { return true }
      var cursor = Cursor(after: event.sequence)
      (cursor.file, cursor.offset) = (segment.inode, start + line.count + 1)
      end = cursor
      return false
    }
    return end ?? Cursor(after: lastSequence)
  }

  /// Calls `body` with events, newest first, each with the place before it, until it returns false.
  private func newestFirst(of vm: String?, _ body: (NumberedEvent, Cursor) -> Bool) {
    let needle = vm.map { Array($0.utf8) }
    var goesOn = true
    for segment in open.reversed() where goesOn {
      segment.linesBackwards { line, start in
        // Decoding costs most, and most lines are about others.
        if let needle, !line.contains(needle) { return true }
        guard let event = EventLine.event(line), vm == nil || event.event.vm == vm else { return true }
        var cursor = Cursor(after: event.sequence - min(1, event.sequence))
        (cursor.file, cursor.offset) = (segment.inode, start)
        goesOn = body(event, cursor)
        return goesOn
      }
    }
  }

  /// How many lines behind the newest event have numbers that were never given. Everybody passes over them.
  var misnumbered: Int {
    var count = 0
    var goesOn = true
    for segment in open.reversed() where goesOn {
      segment.linesBackwards { line, _ in
        goesOn = EventLine.event(line) == nil
        if goesOn, EventLine.isMisnumbered(line) { count += 1 }
        return goesOn
      }
    }
    return count
  }

  /// The number of the newest event, 0 if there is none.
  var lastSequence: UInt64 { last(1).first?.sequence ?? 0 }

  /// Whether a crash has left a line without its end.
  var isTorn: Bool {
    let size = LogTail.size(current)
    return size > 0 && LogTail.read(current, from: size - 1, limit: 1) != [UInt8(ascii: "\n")]
  }

  /// The files there are, older first.
  private var open: [EventSegment] {
    // The current one first: what takes the older one's place meanwhile is then read as current.
    let newer = EventSegment(current)
    let older = EventSegment(previous)
    return [older?.inode == newer?.inode ? nil : older, newer].compactMap(\.self)
  }
}
