/// Lets at most `limit` starts through at once; the others wait their turn.
package actor StartGate {
  /// How many are let through at once.
  package nonisolated let limit: Int
  private var free: Int
  private var waiting: [(who: ObjectIdentifier?, turn: CheckedContinuation<Bool, Never>)] = []

  package init(limit: Int) {
    self.limit = limit
    free = limit
  }

  /// How many are through now.
  var busy: Int { limit - free }
  /// How many wait for their turn.
  var queued: Int { waiting.count }

  /// Waits for a place.
  /// - Parameter who: by which `withdraw` finds it.
  /// - Returns: false if it was withdrawn, and has no place.
  @discardableResult
  package func enter(_ who: ObjectIdentifier? = nil) async -> Bool {
    if free > 0 {
      free -= 1
      return true
    }
    return await withCheckedContinuation { waiting.append((who, $0)) }
  }

  package func leave() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().turn.resume(returning: true) }
  }

  /// Lets one that waits go without a place.
  func withdraw(_ who: ObjectIdentifier) {
    guard let index = waiting.firstIndex(where: { $0.who == who }) else { return }
    waiting.remove(at: index).turn.resume(returning: false)
  }
}
