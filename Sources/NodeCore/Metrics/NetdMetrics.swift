import Failure
package import IPC

/// What is known of netd at one instant. A value, made into text without asking anybody.
package struct NetdSample: Sendable {
  package var counters: Counters.Reply
  /// How long its answers took, as the supervisor has measured it.
  package var times: [Verb: RequestTimes] = [:]
  package var audit: Audit.Reply
  /// Who serves names; nil while no VM needs it, or nobody can see it from here.
  package var naming: NamingFacts?
  /// How often netd has put something right since its start; nil if this netd does not tell.
  package var mended: UInt64?
}

extension MetricText {
  /// Everything about netd.
  /// - Parameter sample: nil if netd did not answer the last time.
  mutating func netd(_ sample: NetdSample?) {
    single("procurator_netd_up", .gauge, "Whether netd answered the last time it was asked.", sample == nil ? 0 : 1)
    guard let sample else { return }
    let counters = sample.counters
    single("procurator_netd_uptime_seconds", .gauge, "Seconds since netd started.", counters.uptime)
    requests(counters.served, sample.times)
    ports(sample.audit.shards)
    gauges(counters)
    findings(sample.audit.findings)
    naming(sample.naming)
    single(
      "procurator_netd_reclaimed_total", .counter, "Ports that were freed because nobody held them.", counters.reclaimed
    )
    single(
      "procurator_netd_protocol_violations_total", .counter, "Connections that were closed for breaking the protocol.",
      counters.violations)
    single(
      "procurator_netd_throttled_total", .counter, "Requests that were refused for coming too fast.",
      counters.throttled)
    if let mended = sample.mended {
      single(
        "procurator_netd_mended_total", .counter, "Changes by others to what belongs to netd that it has put right.",
        mended)
    }
    let dropped = "procurator_netd_guard_dropped_packets_total"
    family(dropped, .counter, "Packets that the guard has dropped since its rules were loaded.")
    for drop in counters.dropped { self.sample(dropped, [("rule", drop.rule)], drop.packets) }
  }

  private mutating func requests(_ served: [Counters.Served], _ times: [Verb: RequestTimes]) {
    let total = "procurator_netd_requests_total"
    family(total, .counter, "Requests that netd has answered.")
    for one in served {
      sample(total, [("verb", "\(one.verb)"), ("result", "granted")], one.granted)
      sample(total, [("verb", "\(one.verb)"), ("result", "refused")], one.refused)
    }
    let duration = "procurator_netd_request_duration_seconds"
    family(duration, .histogram, "Time until netd had answered the supervisor.")
    for (verb, times) in times.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let verb = ("verb", "\(verb)")
      var count: UInt64 = 0
      for (bound, bucket) in zip(RequestTimes.bounds, times.buckets) {
        count &+= bucket
        sample(duration + "_bucket", [verb, ("le", Self.seconds(microseconds: UInt64(bound)))], count)
      }
      count = times.buckets.reduce(0, &+)
      sample(duration + "_bucket", [verb, ("le", "+Inf")], count)
      sample(duration + "_sum", [verb], .microseconds(times.microseconds))
      sample(duration + "_count", [verb], count)
    }
  }

  private mutating func ports(_ shards: [Audit.Shard]) {
    let families: [(String, String, KeyPath<Audit.Shard, UInt16>)] = [
      ("procurator_netd_ports_used", "Ports that are leased.", \.used),
      ("procurator_netd_ports_ready", "Ports that are made and wait for a VM.", \.ready),
      ("procurator_netd_ports_max", "Ports that there can be.", \.max),
    ]
    for (name, help, value) in families {
      family(name, .gauge, help)
      for shard in shards {
        sample(name, [("network", shard.slot.network), ("shard", "\(shard.slot.shard)")], shard[keyPath: value])
      }
    }
  }

  private mutating func gauges(_ counters: Counters.Reply) {
    let gauges: [(String, String, UInt64)] = [
      ("clients", "Connections to netd.", UInt64(counters.clients)),
      ("clients_max", "Connections that netd permits.", UInt64(counters.maxClients)),
      ("descriptors_used", "Descriptors that netd has open.", UInt64(counters.descriptors)),
      ("descriptors_max", "Descriptors that netd can have open.", UInt64(counters.maxDescriptors)),
      ("forwards_used", "Ports of the host in the automatic range that lead to guests.", UInt64(counters.forwards)),
      ("forwards_max", "Ports of the host in the automatic range.", UInt64(counters.maxForwards)),
      ("orphans", "Interfaces of netd that belong to nobody.", UInt64(counters.orphans)),
    ]
    for (name, help, value) in gauges { single("procurator_netd_" + name, .gauge, help, value) }
  }

  /// Absent while nobody knows: 0 is for what was asked and not answered as it should be.
  private mutating func naming(_ facts: NamingFacts?) {
    let up = "procurator_netdns_up"
    family(up, .gauge, "Whether netdns is connected to netd; absent while nobody knows.")
    if let facts, facts.netdns != .unknown { sample(up, [], facts.netdns == .connected ? 1 : 0) }
    let name = "procurator_dns_up"
    family(name, .gauge, "Whether the gateway of a shard in use answers questions for names as netdns lets it.")
    for (gateway, answer) in (facts?.answers ?? [:]).sorted(by: { $0.key.address < $1.key.address }) {
      if case .unknown = answer { continue }
      sample(name, [("network", gateway.network), ("shard", "\(gateway.shard)")], answer == .served ? 1 : 0)
    }
  }

  private mutating func findings(_ findings: [Audit.Finding]) {
    let name = "procurator_netd_findings"
    family(name, .gauge, "What netd's comparison with the kernel has found.")
    for kind in FindingKind.allCases {
      sample(name, [("kind", "\(kind)")], findings.count { $0.kind == kind })
    }
  }
}
