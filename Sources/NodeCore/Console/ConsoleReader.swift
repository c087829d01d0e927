extension ConsoleHub {
  /// Somebody at the console.
  package struct Reader: Sendable {
    /// Who, for the others.
    package var name: String
    /// Never has the keyboard.
    package var isReadOnly: Bool
    /// Stays over the end of the guest.
    package var stays: Bool
    /// What is still to be read from the log, before the ring.
    package var past: Range<UInt64>?
    /// The number of the next byte from the ring.
    package var position: UInt64
    /// Where the reader knows to be.
    package var told: UInt64
    /// The past is from before the reader came.
    var isReplaying: Bool
    var notices: [Notice] = []
    /// Gets nothing more once it has read everything.
    var isEnding = false
    /// Yields when there is something to take.
    var wake: AsyncStream<Void>.Continuation
  }

  /// A sentence, and the number of the byte before which it is said; 0 for at once.
  struct Notice: Sendable {
    var text: String
    var place: UInt64
  }

  /// What a reader gets in one piece.
  package struct Output: Hashable, Sendable {
    package var bytes: [UInt8] = []
    package var notice = ""
    /// The number of the byte after `bytes`.
    package var offset: UInt64
    /// The bytes are from before the reader came.
    package var isPast = false
    /// Bytes before `bytes` that the reader was too slow for, or that the log has no more.
    package var missed: UInt64 = 0
    /// Nothing more will come.
    package var isEnd = false
  }
}

extension ConsoleHub.State {
  /// Notices that wait for one reader; the oldest is dropped.
  private static let noticeLimit = 16

  /// Says something to one.
  package mutating func tell(_ number: UInt64, _ sentence: String, at place: UInt64) {
    guard var reader = readers[number] else { return }
    if reader.notices.count == Self.noticeLimit { reader.notices.removeFirst() }
    reader.notices.append(ConsoleHub.Notice(text: sentence, place: place))
    readers[number] = reader
    reader.wake.yield()
  }

  /// The bytes up to `place` never came by the socket: who is attached reads them from the log.
  mutating func readFromLog(upTo place: UInt64) {
    for (number, reader) in readers {
      readers[number]?.past = (reader.past?.lowerBound ?? reader.position)..<place
      readers[number]?.position = place
      reader.wake.yield()
    }
    ring.restart(at: place)
  }

  /// Gives all bytes of the ring higher numbers.
  package mutating func shift(by distance: UInt64) {
    ring.shift(by: distance)
    for (number, reader) in readers {
      readers[number]?.position += distance
      for index in reader.notices.indices where reader.notices[index].place > 0 {
        readers[number]?.notices[index].place += distance
      }
      reader.wake.yield()
    }
  }
}

extension ConsoleHub {
  /// Most bytes of one piece.
  private static let pieceLimit = 64 << 10

  /// The next piece for a reader; nil if there is nothing now.
  package func next(for number: UInt64) -> Output? {
    let (output, past) = state.withLock { $0.take(for: number, limit: Self.pieceLimit) }
    guard let past else { return output }
    let piece = log.read(from: past.lowerBound, limit: min(Self.pieceLimit, Int(past.upperBound - past.lowerBound)))
    return state.withLock { state in
      guard var reader = state.readers[number], let now = reader.past else { return nil }
      // A log that has become shorter has nothing more to give.
      let end = piece.bytes.isEmpty ? now.upperBound : min(piece.end, now.upperBound)
      reader.past = end < now.upperBound ? end..<now.upperBound : nil
      reader.told = end
      let isPast = reader.isReplaying
      if reader.past == nil { reader.isReplaying = false }
      state.readers[number] = reader
      return Output(bytes: piece.bytes, offset: end, isPast: isPast, missed: piece.missed)
    }
  }
}

extension ConsoleHub.State {
  /// What a reader gets next: from here, or from that part of the log.
  fileprivate mutating func take(for number: UInt64, limit: Int) -> (ConsoleHub.Output?, past: Range<UInt64>?) {
    guard var reader = readers[number] else { return (nil, nil) }
    defer { readers[number] = reader }
    let place = reader.past?.lowerBound ?? reader.position
    if let index = reader.notices.firstIndex(where: { $0.place <= place }) {
      return (ConsoleHub.Output(notice: reader.notices.remove(at: index).text, offset: place), nil)
    }
    if let past = reader.past {
      if !past.isEmpty { return (nil, past) }
      reader.past = nil
    }
    var missed: UInt64 = 0
    if reader.position < ring.start {
      missed = ring.start - reader.position
      droppedBytes += missed
      reader.position = ring.start
    }
    // A notice has its place in the stream.
    let stop = reader.notices.map(\.place).min() ?? .max
    let bytes = ring.read(from: reader.position, limit: min(limit, Int(clamping: stop - reader.position)))
    reader.position += UInt64(bytes.count)
    if bytes.isEmpty, missed == 0, reader.told == reader.position {
      return (reader.isEnding ? ConsoleHub.Output(offset: reader.position, isEnd: true) : nil, nil)
    }
    reader.told = reader.position
    return (ConsoleHub.Output(bytes: bytes, offset: reader.position, missed: missed), nil)
  }
}
