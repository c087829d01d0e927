import IPC

/// What netd has put right since its start, the latest of it. A value: no I/O.
package struct NotificationLog {
  /// Something put right.
  package struct Item: Hashable {
    package let number: UInt64
    package let interface: String
    package let detail: String
    package let owner: Owner?
    /// Milliseconds of the daemon's clock.
    package let at: Int64
  }

  package private(set) var items: [Item] = []
  /// How many there were.
  package private(set) var last: UInt64 = 0

  package init() {}

  package mutating func add(_ interface: String, _ detail: String, _ owner: Owner?, now: Int64) {
    last += 1
    items.append(Item(number: last, interface: interface, detail: detail, owner: owner, at: now))
    if items.count > NetdLimits.notifications { items.removeFirst() }
  }
}
