/// Lets at most `limit` starts through at once; the others wait their turn.
actor StartGate {
  /// How many are let through at once.
  nonisolated let limit: Int
  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(limit: Int) {
    self.limit = limit
    free = limit
  }

  /// How many are through now.
  var busy: Int { limit - free }
  /// How many wait for their turn.
  var queued: Int { waiting.count }

  func enter() async {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  func leave() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}
