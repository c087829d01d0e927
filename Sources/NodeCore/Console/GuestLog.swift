import Failure
import Glibc
import Linux
import Synchronization

/// A log that a hypervisor appends to for ever, kept under a size, with every byte numbered for ever.
///
/// The hypervisor has the file open and knows nothing of this. The oldest part is cut off: where the file system can take
/// blocks out of the front of a file, nothing else happens to it. Elsewhere the newest part is copied to a second file,
/// `PATH.1`, and the first emptied; what is written between the last look and the emptying, some microseconds, is lost.
package final class GuestLog: Sendable {
  package let path: String
  /// Most bytes of the log, `PATH.1` included.
  let cap: UInt64
  /// Whether numbers have to outlive this process.
  private let isNumbered: Bool
  private let permitsCollapse: Bool
  private let state = Mutex(State())

  private struct State: Sendable {
    var ledger: LogLedger?
    /// The file's size when it was last looked at.
    var seen: UInt64 = 0
  }

  /// - Parameters:
  ///   - isNumbered: false for a log of which nobody keeps places.
  ///   - permitsCollapse: false copies even where the front can be taken away.
  init(_ path: String, cap: UInt64, isNumbered: Bool = true, permitsCollapse: Bool = true) {
    self.path = path
    self.cap = cap
    self.isNumbered = isNumbered
    self.permitsCollapse = permitsCollapse
  }

  var ledgerPath: String { path + ".cut" }
  var olderPath: String { path + ".1" }

  /// The numbers of the oldest byte that is still there and of the one that will come next; nil without a file.
  var extent: Range<UInt64>? {
    state.withLock { state in
      guard let file = try? Files.open(path, O_RDONLY) else { return nil }
      let size = look(&state, file.raw)
      let removed = state.ledger?.removed ?? 0
      return removed - min(removed, Self.size(olderPath))..<removed + size
    }
  }

  /// A part of the log.
  package struct Piece: Hashable, Sendable {
    package var bytes: [UInt8] = []
    /// The number of the byte after them.
    package var end: UInt64
    /// Bytes before them that were asked for and are gone.
    package var missed: UInt64 = 0
  }

  /// Up to `limit` bytes from the one numbered `place`, or from the oldest after it that is still there.
  package func read(from place: UInt64, limit: Int) -> Piece {
    state.withLock { state in
      guard let file = try? Files.open(path, O_RDONLY) else { return Piece(end: place) }
      let size = look(&state, file.raw)
      let removed = state.ledger?.removed ?? 0
      let older = min(removed, Self.size(olderPath))
      // A number that was never given: the log was removed, or it lies in front of what this file ever held.
      let from = min(max(place, removed - older), removed + size)
      let missed = from - min(place, from)
      var bytes: [UInt8] = []
      if from < removed, let file = try? Files.open(olderPath, O_RDONLY) {
        bytes = Self.read(file.raw, at: older - (removed - from), limit: min(limit, Int(removed - from)))
      } else if from >= removed {
        bytes = Self.read(file.raw, at: from - removed, limit: min(limit, Int(removed + size - from)))
      }
      return Piece(bytes: bytes, end: from + UInt64(bytes.count), missed: missed)
    }
  }

  /// Makes the next byte's number at least `place`: the file lacks what has been shown already, as on a full disk.
  package func raise(to place: UInt64) {
    state.withLock { state in
      guard let file = try? Files.open(path, O_RDONLY) else { return }
      let size = look(&state, file.raw)
      let end = (state.ledger?.removed ?? 0) + size
      guard place > end else { return }
      state.ledger?.removed += place - end
      save(state)
    }
  }

  /// Cuts the oldest part off, if the log has come near its cap.
  /// - Returns: whether something was cut.
  @discardableResult func trim() throws(Failure) -> Bool {
    guard Self.size(path) + Self.size(olderPath) > threshold else { return false }
    // Before the lock and before the cut, so that neither readers nor the hypervisor wait for the disk.
    if let file = try? Files.open(path, O_RDONLY) { fdatasync(file.raw) }
    do throws(Errno) {
      // A throwing closure of typed errors given to `withLock` is what the compiler takes only with a result.
      let result: Result<Bool, Errno> = state.withLock { state in
        do throws(Errno) { return .success(try cut(&state)) } catch { return .failure(error) }
      }
      return try result.get()
    } catch {
      throw error.failure("cut log", path, remedy: "make room on the file system, or correct the folder's owner")
    }
  }

  /// From here on it is cut. The rest is for what comes until that has happened.
  private var threshold: UInt64 { cap / 8 * 7 }

  private func cut(_ state: inout State) throws(Errno) -> Bool {
    let file = try Files.open(path, O_RDWR)
    let size = look(&state, file.raw)
    guard size + Self.size(olderPath) > threshold else { return false }
    if permitsCollapse {
      let block = try FileFront.blockSize(file.raw)
      let length = size > cap / 8 * 5 ? (size - cap / 8 * 5) / block * block : 0
      if length > 0 {
        try announce(&state, length: length, size: size, file.raw)
        do throws(Errno) {
          try FileFront.collapse(file.raw, length: length)
          unlink(olderPath)
          finish(&state, size: size - length)
          return true
        } catch {
          state.ledger?.pending = nil
          guard error.code == EOPNOTSUPP || error.code == EINVAL else {
            save(state)
            throw error
          }
        }
      }
    }
    return try copyAway(&state, file.raw, size)
  }

  private func copyAway(_ state: inout State, _ file: Int32, _ size: UInt64) throws(Errno) -> Bool {
    let new = olderPath + ".new"
    unlink(olderPath)
    var place = size - min(size, cap / 8 * 3)
    let copy = try Files.open(new, O_WRONLY | O_CREAT | O_TRUNC)
    func follow() throws(Errno) {
      while true {
        let bytes = Self.read(file, at: place, limit: 256 << 10)
        if bytes.isEmpty { return }
        try Files.writeAll(bytes, to: copy.raw)
        place += UInt64(bytes.count)
      }
    }
    try follow()
    try announce(&state, length: place, size: place, file)
    let announced = place
    try follow()
    guard ftruncate(file, 0) == 0 else { throw Errno(errno) }
    state.ledger?.removed += place - announced
    guard rename(new, olderPath) == 0 else { throw Errno(errno) }
    finish(&state, size: 0)
    return true
  }

  private func announce(_ state: inout State, length: UInt64, size: UInt64, _ file: Int32) throws(Errno) {
    let head = Self.read(file, at: 0, limit: LogLedger.headLength)
    state.ledger?.pending = LogLedger.Cut(length: length, size: size, head: head)
    if isNumbered { try state.ledger?.save(ledgerPath) }
  }

  private func finish(_ state: inout State, size: UInt64) {
    let length = state.ledger?.pending?.length ?? 0
    state.ledger?.removed += length
    state.ledger?.pending = nil
    state.seen = size
    save(state)
  }

  /// What cannot be written now is settled from the announcement at the next start.
  private func save(_ state: State) {
    if isNumbered { try? state.ledger?.save(ledgerPath) }
  }

  /// The file's size, after taking notice of what was done to it behind our back.
  private func look(_ state: inout State, _ file: Int32) -> UInt64 {
    var status = stat()
    fstat(file, &status)
    let size = UInt64(max(0, status.st_size))
    if state.ledger == nil {
      var ledger = isNumbered ? LogLedger.load(ledgerPath) : LogLedger()
      let isPending = ledger.pending != nil
      let wasCut = ledger.settle(size: size, head: Self.read(file, at: 0, limit: LogLedger.headLength))
      state.ledger = ledger
      if isPending {
        if wasCut { rename(olderPath + ".new", olderPath) } else { unlink(olderPath + ".new") }
        save(state)
      }
    } else if size < state.seen {
      // Somebody else emptied it: what comes now comes after what was there.
      state.ledger?.removed += state.seen
      save(state)
    }
    state.seen = size
    return size
  }

  private static func size(_ path: String) -> UInt64 { UInt64(LogTail.size(path)) }

  private static func read(_ file: Int32, at place: UInt64, limit: Int) -> [UInt8] {
    guard limit > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      var got: Int
      repeat { got = pread(file, buffer.baseAddress, limit, off_t(place)) } while got < 0 && errno == EINTR
      count = max(0, got)
    }
  }
}
