import IPC

/// What netd has put right since its start, the latest of it. A value: no I/O.
package struct NotificationLog {
  /// Something put right.
  package struct Item: Hashable {
    /// Counted from 1 since the start.
    package let number: UInt64
    /// The interface, or what else it is about.
    package let interface: String
    /// What was found, and what was done.
    package let detail: String
    /// Whose port it is; nil if nobody's.
    package let owner: Owner?
    /// Milliseconds of the daemon's clock.
    package let at: Int64
  }

  /// The latest of them, by number.
  package private(set) var items: [Item] = []
  /// How many there were.
  package private(set) var last: UInt64 = 0

  /// Nothing yet.
  package init() {}

  /// How many are remembered.
  package static let most = 256

  /// Notes one, and forgets the oldest above `most`.
  package mutating func add(_ interface: String, _ detail: String, _ owner: Owner?, now: Int64) {
    last += 1
    items.append(Item(number: last, interface: interface, detail: detail, owner: owner, at: now))
    if items.count > Self.most { items.removeFirst() }
  }
}
