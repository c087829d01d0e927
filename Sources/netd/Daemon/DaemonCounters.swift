import IPC

/// What was asked and answered since the start.
struct DaemonCounters {
  private(set) var served: [Verb: Counters.Served] = [:]
  var violations: UInt64 = 0
  var throttled: UInt64 = 0
  var reclaimed: UInt64 = 0

  mutating func note(_ verb: Verb, isGranted: Bool) {
    var entry = served[verb] ?? Counters.Served()
    entry.verb = verb
    if isGranted { entry.granted += 1 } else { entry.refused += 1 }
    served[verb] = entry
  }
}
