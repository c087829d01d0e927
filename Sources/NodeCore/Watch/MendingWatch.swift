import Failure
import FoundationEssentials
import IPC

/// Writes down as events what netd found changed by somebody else, and has put right.
package struct MendingWatch {
  package let fleet: Fleet

  package init(fleet: Fleet) {
    self.fleet = fleet
  }

  /// How often it asks. netd has put it right long before.
  private static let interval: Duration = .seconds(2)
  /// Asks until it is cancelled.
  package func run() async {
    var known = Known(since: lastTold())
    while !Task.isCancelled {
      if let notifications = try? await fleet.context.netd.mended(after: known.number) {
        for entry in known.take(notifications, now: Date()) { await tell(entry) }
        // Of another life of netd, the numbers before were not asked for.
        if known.isBehind { continue }
      }
      try? await Task.sleep(for: Self.interval)
    }
  }

  /// When an earlier life of the supervisor has told of something netd did.
  private func lastTold() -> Date {
    fleet.context.events.segments.last(1) { $0.actor == .netd }.last?.event.time ?? .distantPast
  }

  private func tell(_ entry: Notifications.Entry) async {
    var event = HostEvent(kind: .netd, what: "\(entry.interface): \(entry.detail)")
    event.actor = .netd
    if entry.vm != VMIdentity() {
      for vm in await fleet.all() {
        let record = await vm.record
        if record.identity == entry.vm { (event.vm, event.name) = (vm.id, vm.name) }
      }
    }
    fleet.context.log.warning("\(event.what)", metadata: event.vm.isEmpty ? nil : ["vm": "\(event.name)"])
    fleet.context.events.append(event)
  }

  /// Which of netd's news have been told. A value: no I/O, no clock.
  struct Known: Hashable {
    /// Number of the last that is known, of this life of netd.
    private(set) var number: UInt64 = 0
    /// Whether news of a new life of netd have to be asked for once more, from the first.
    private(set) var isBehind = false
    private var life: UInt64?
    private let since: Date

    /// - Parameter since: What happened before has been told.
    init(since: Date) { self.since = since }

    /// Takes an answer.
    /// - Returns: What is to be told.
    mutating func take(_ notifications: Notifications.Reply, now: Date) -> [Notifications.Entry] {
      let isFirst = life == nil
      if let life, life != notifications.life, number > 0 {
        self = Known(since: since)
        self.life = notifications.life
        isBehind = true
        return []
      }
      isBehind = false
      life = notifications.life
      number = max(number, notifications.last)
      guard isFirst else { return notifications.entries }
      // An earlier life of the supervisor has told the others. Ages are whole seconds.
      return notifications.entries.filter { now.addingTimeInterval(-Double($0.age)) > since }
    }
  }
}
