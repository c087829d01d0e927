package import IPC

/// What was asked and answered since the start. A value: no I/O.
package struct ServedCounts {
  private var served: [Verb: Counters.Served] = [:]
  /// Connections that were closed for breaking the protocol.
  package var violations: UInt64 = 0
  /// Requests that were refused for coming too fast.
  package var throttled: UInt64 = 0
  /// Ports that were freed because nobody held them.
  package var reclaimed: UInt64 = 0

  /// Nothing yet.
  package init() {}

  /// Notes an answer.
  package mutating func note(_ verb: Verb, isGranted: Bool) {
    var entry = served[verb] ?? Counters.Served()
    entry.verb = verb
    if isGranted { entry.granted += 1 } else { entry.refused += 1 }
    served[verb] = entry
  }

  /// The numbers for monitoring, as far as they were counted here.
  package var reply: Counters.Reply {
    var reply = Counters.Reply()
    reply.reclaimed = reclaimed
    reply.violations = violations
    reply.throttled = throttled
    reply.served = served.values.sorted { $0.verb.rawValue < $1.verb.rawValue }
    return reply
  }
}
