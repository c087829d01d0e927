import Failure
import Logging
import Synchronization

/// What was collected last; scrapes read from here and ask nobody.
final class MetricsBoard: Sendable {
  /// How often everything is collected.
  static let interval: Duration = .seconds(5)

  private let netd: NetdLink
  private let log: Logger
  private let latest = Mutex<NetdSample?>(nil)

  init(netd: NetdLink, log: Logger) {
    self.netd = netd
    self.log = log
  }

  /// Collects on a clock until it is cancelled.
  func run() async {
    var wasAway = false
    while !Task.isCancelled {
      do throws(Failure) {
        let sample = NetdSample(counters: try await netd.counters(), audit: try await netd.audit())
        latest.withLock { $0 = sample }
        wasAway = false
      } catch {
        latest.withLock { $0 = nil }
        if !wasAway { log.warning("metrics of netd are missing: \(error)") }
        wasAway = true
      }
      try? await Task.sleep(for: Self.interval)
    }
  }

  /// The text of a scrape.
  func text(_ syntax: MetricSyntax) -> String {
    let sample = latest.withLock { $0 }
    var text = MetricText(syntax)
    text.family("procurator_build_info", .gauge, "The release that runs; always 1.")
    text.sample("procurator_build_info", [("program", "vmsupervisor"), ("version", Release.version)], 1)
    text.netd(sample)
    return text.text()
  }
}
