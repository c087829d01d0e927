/// TAPs that are to be deleted: many together, because the kernel waits once for all of them instead of once for each; and
/// with pauses in which requests have their turn. A value: no clock.
package struct ExitQueue: Sendable {
  /// Most TAPs that are deleted together; the kernel takes about half a millisecond for each.
  package static let most = 128
  /// Milliseconds that a TAP waits for others to be deleted with.
  package static let delay: Int64 = 250

  /// In the order in which they were added.
  private var slots: [Slot] = []
  /// Since when the first of them waits.
  private var since: Int64 = 0
  /// When TAPs were last deleted, and how long they rest after that.
  private var flushedAt: Int64 = 0
  private var restsUntil: Int64 = 0

  /// Nothing waits.
  package init() {}

  /// How many wait.
  package var count: Int { slots.count }

  /// Those that are deleted next.
  package var batch: [Slot] { Array(slots.prefix(Self.most)) }

  /// Adds one.
  package mutating func add(_ slot: Slot, now: Int64) {
    if slots.isEmpty { since = now }
    slots.append(slot)
  }

  /// When the next are to be deleted; nil if none wait. Requests wait meanwhile, so those who ask get a quarter of that
  /// time in between.
  /// - Parameter askedAt: when somebody last asked for something.
  package func nextFlush(askedAt: Int64) -> Int64? {
    guard !slots.isEmpty else { return nil }
    let due = slots.count >= Self.most ? since : since + Self.delay
    return askedAt >= flushedAt ? max(due, restsUntil) : due
  }

  /// Notes that the batch was deleted, or could not be; then it is tried again after the delay.
  package mutating func flushed(began: Int64, ended: Int64, isDone: Bool) {
    since = isDone ? began : began + Self.delay
    if isDone { slots.removeFirst(min(Self.most, slots.count)) }
    flushedAt = ended
    restsUntil = ended + (ended - began) / 4
  }
}
