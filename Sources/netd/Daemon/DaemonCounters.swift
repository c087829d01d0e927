import IPC

/// What was asked and answered since the start.
struct DaemonCounters {
  private(set) var served: [Verb: Counters.Served] = [:]
  var violations: UInt64 = 0
  var throttled: UInt64 = 0
  var reclaimed: UInt64 = 0

  mutating func note(_ verb: Verb, isGranted: Bool, microseconds: UInt64) {
    var entry = served[verb] ?? Counters.Served()
    entry.verb = verb
    if entry.buckets.isEmpty { entry.buckets = Array(repeating: 0, count: Counters.bounds.count + 1) }
    if isGranted { entry.granted += 1 } else { entry.refused += 1 }
    entry.microseconds += microseconds
    let bucket = Counters.bounds.firstIndex { microseconds <= UInt64($0) } ?? Counters.bounds.count
    entry.buckets[bucket] += 1
    served[verb] = entry
  }
}
