import Configuration
import IPC
import Linux
import Testing

@testable import NodeCore

@Suite struct MetricTextTests {
  static var sample: NetdSample {
    var served = Counters.Served()
    (served.verb, served.granted, served.refused) = (.attach, 5, 1)
    let times = RequestTimes(microseconds: 2_500_050, buckets: [1, 2, 0, 0, 0, 0, 0, 0, 0, 3])
    var dropped = Counters.Dropped()
    (dropped.rule, dropped.packets) = ("a\"b\\c\nd", 7)
    var counters = Counters.Reply()
    (counters.uptime, counters.clients, counters.orphans, counters.reclaimed) = (60, 2, 1, 9)
    (counters.served, counters.dropped) = ([served], [dropped])
    var shard = Audit.Shard()
    (shard.slot.network, shard.slot.shard, shard.used, shard.max) = ("default", 1, 3, 253)
    var finding = Audit.Finding()
    finding.kind = .orphan
    var audit = Audit.Reply()
    (audit.shards, audit.findings) = ([shard], [finding])
    var naming = NamingFacts()
    naming.netdns = .gone
    naming.answers = [
      Gateway(network: "default", shard: 1, address: 1): .served,
      Gateway(network: "lab", shard: 0, address: 2): .silent,
      Gateway(network: "hidden", shard: 0, address: 3): .unknown(Errno(1)),
    ]
    return NetdSample(counters: counters, times: [.attach: times], audit: audit, naming: naming)
  }

  @Test func whoServesNamesIsMeasured() {
    let lines = lines(.prometheus, Self.sample)
    #expect(lines.contains("procurator_netdns_up 0"))
    #expect(lines.contains("procurator_dns_up{network=\"default\",shard=\"1\"} 1"))
    #expect(lines.contains("procurator_dns_up{network=\"lab\",shard=\"0\"} 0"))
    #expect(!lines.contains { $0.contains("hidden") }, "what nobody can see is not 0")
    var unseen = Self.sample
    unseen.naming = nil
    #expect(
      !self.lines(.prometheus, unseen).contains {
        $0.hasPrefix("procurator_dns_up") || $0.hasPrefix("procurator_netdns_up")
      }
    )
  }

  private func lines(_ syntax: MetricSyntax, _ sample: NetdSample?) -> [String] {
    var text = MetricText(syntax)
    text.netd(sample)
    return String(decoding: text.finished(), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  @Test func samplesAreThere() {
    let lines = lines(.prometheus, Self.sample)
    for line in [
      "procurator_netd_up 1", "procurator_netd_uptime_seconds 60",
      "procurator_netd_requests_total{verb=\"attach\",result=\"granted\"} 5",
      "procurator_netd_requests_total{verb=\"attach\",result=\"refused\"} 1",
      "procurator_netd_request_duration_seconds_bucket{verb=\"attach\",le=\"0.00005\"} 1",
      "procurator_netd_request_duration_seconds_bucket{verb=\"attach\",le=\"0.0001\"} 3",
      "procurator_netd_request_duration_seconds_bucket{verb=\"attach\",le=\"0.1\"} 3",
      "procurator_netd_request_duration_seconds_bucket{verb=\"attach\",le=\"+Inf\"} 6",
      "procurator_netd_request_duration_seconds_sum{verb=\"attach\"} 2.50005",
      "procurator_netd_request_duration_seconds_count{verb=\"attach\"} 6",
      "procurator_netd_ports_used{network=\"default\",shard=\"1\"} 3",
      "procurator_netd_ports_max{network=\"default\",shard=\"1\"} 253", "procurator_netd_clients 2",
      "procurator_netd_orphans 1", "procurator_netd_reclaimed_total 9",
      "procurator_netd_findings{kind=\"orphan\"} 1", "procurator_netd_findings{kind=\"scarce\"} 0",
      "procurator_netd_guard_dropped_packets_total{rule=\"a\\\"b\\\\c\\nd\"} 7",
      "# TYPE procurator_netd_reclaimed_total counter",
    ] {
      #expect(lines.contains(line), "\(line)")
    }
  }

  @Test func openMetricsHasItsOwnRules() {
    let lines = lines(.openMetrics, Self.sample)
    #expect(
      lines.contains("# TYPE procurator_netd_reclaimed counter") && lines.contains("procurator_netd_reclaimed_total 9"))
    #expect(lines.suffix(2) == ["# EOF", ""])
    #expect(lines.contains("# UNIT procurator_netd_uptime_seconds seconds"))
    #expect(!self.lines(.prometheus, Self.sample).contains { $0.hasPrefix("# UNIT") })
    #expect(MetricSyntax(accept: "application/openmetrics-text;version=1.0.0,text/plain;q=0.5") == .openMetrics)
    #expect(MetricSyntax(accept: "*/*") == .prometheus)
  }

  /// Each family is described once, before its samples, and they stand together.
  @Test(arguments: [MetricSyntax.prometheus, .openMetrics])
  func familiesAreWhole(syntax: MetricSyntax) throws {
    var current = ""
    var seen: Set<String> = []
    for line in lines(syntax, Self.sample) where !line.isEmpty && line != "# EOF" {
      let words = line.split(separator: " ", maxSplits: 3)
      if line.hasPrefix("# HELP ") {
        current = String(words[2])
        #expect(seen.insert(current).inserted, "\(current) is there twice")
      } else if line.hasPrefix("# TYPE ") || line.hasPrefix("# UNIT ") {
        #expect(words[2] == current)
      } else {
        #expect(line.hasPrefix(current))
        #expect(line.wholeMatch(of: /[a-z_]+(\{.*\})? [0-9.]+/) != nil, "\(line)")
      }
    }
    #expect(seen.count > 15)
  }

  @Test func aNetdThatIsAwayIsSaidToBe() {
    let lines = lines(.prometheus, nil)
    #expect(lines.contains("procurator_netd_up 0"))
    #expect(!lines.contains { $0.contains("uptime") })
  }

  @Test(arguments: [
    (UInt64(0), "0.0"), (.max, "18446744073709.551615"), (50, "0.00005"), (100_000, "0.1"), (1_000_000, "1.0"),
    (12_345_678, "12.345678"),
  ])
  func seconds(micro: UInt64, text: String) { #expect(MetricText.seconds(microseconds: micro) == text) }

  @Test func addresses() throws {
    #expect(MetricsAddress("127.0.0.1:9477") == .network(host: "127.0.0.1", port: 9477))
    #expect(MetricsAddress("[::1]:9477") == .network(host: "::1", port: 9477))
    #expect(MetricsAddress("unix:/run/x") == .unix("/run/x"))
    for text in ["", "9477", ":9477", "a:0", "a:70000", "::1:9477", "unix:x", "a:b"] {
      #expect(MetricsAddress(text) == nil)
    }
  }
}
