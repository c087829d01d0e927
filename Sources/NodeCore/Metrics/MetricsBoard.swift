import Failure
package import Hypervisor
import Life
import Linux
import Synchronization

/// What was collected last. Scrapes, `top` and `status` read from here and ask nobody.
package final class MetricsBoard: Sendable {
  /// Time between two collections.
  package let interval: Duration

  private struct State: Sendable {
    var vms: [String: VMSample] = [:]
    /// VMs that changed or were deleted since the collection under way began: its list of them may be older.
    var touched: Set<String> = []
    var host = HostSample()
    var netd: NetdSample?
    /// Counts what VMs wrote.
    var version: UInt64 = 0
    var waiting = Subscribers()

    mutating func take(_ summary: VMSummary) { vms[summary.id, default: VMSample(summary)].take(summary) }
  }

  private let state = Mutex(State())

  package init(interval: Duration) { self.interval = interval }

  // MARK: written by VMs

  /// A VM has changed.
  package func note(_ summary: VMSummary) {
    state.withLock { state in
      state.version += 1
      state.touched.insert(summary.id)
      state.take(summary)
    }
  }

  /// A VM was deleted.
  package func forget(_ id: String) {
    state.withLock { state in
      state.version += 1
      state.vms[id] = nil
      state.touched.insert(id)
    }
  }

  // MARK: written by collectors

  /// A collection begins: it asks for the list of VMs now.
  package func begin() { state.withLock { $0.touched = [] } }

  /// Takes the list of all VMs.
  package func take(_ summaries: [VMSummary]) {
    state.withLock { state in
      let living = Set(summaries.map(\.id))
      let touched = state.touched
      state.vms = state.vms.filter { living.contains($0.key) || touched.contains($0.key) }
      for summary in summaries where !touched.contains(summary.id) { state.take(summary) }
    }
  }

  /// Takes readings of the run `token` of a VM.
  package func read(_ id: String, _ token: String, _ change: (inout Readings) -> Void) {
    state.withLock { $0.vms[id]?.read(token, change) }
  }

  /// Takes readings of many VMs at once.
  package func read(_ summaries: [VMSummary], _ change: (VMSummary, inout Readings) -> Void) {
    state.withLock { state in
      for summary in summaries {
        guard let run = summary.run else { continue }
        state.vms[summary.id]?.read(run.token) { change(summary, &$0) }
      }
    }
  }

  /// Takes what was read about host and supervisor. That ends a collection.
  package func take(_ host: HostSample) {
    let waiting = state.withLock { state in
      state.host.take(host)
      return state.waiting
    }
    waiting.tell()
  }

  /// Takes what netd said; nil if it did not answer.
  package func take(_ sample: NetdSample?) { state.withLock { $0.netd = sample } }

  // MARK: read

  /// A hypervisor that can be asked.
  package struct Monitor: Sendable {
    package var id: String
    package var token: String
    package var drives: [Device: String]
    package var machine: any Machine
  }

  /// All hypervisors that can be asked.
  package func monitors() -> [Monitor] {
    state.withLock { state in
      state.vms.values.compactMap { sample in
        guard let run = sample.summary.run, let machine = run.machine, sample.summary.state != .stopping else {
          return nil
        }
        return Monitor(id: sample.summary.id, token: run.token, drives: run.drives, machine: machine)
      }
    }
  }

  /// One VM; nil if it is not known yet.
  package func sample(_ id: String) -> VMSample? { state.withLock { $0.vms[id] } }

  /// All VMs in no order, and the host.
  package func all() -> (vms: [VMSample], host: HostSample) { state.withLock { (Array($0.vms.values), $0.host) } }

  /// Grows whenever a VM has changed or was deleted.
  package var version: UInt64 { state.withLock { $0.version } }

  /// The text of a scrape.
  package func text(_ syntax: MetricSyntax) -> [UInt8] {
    let netd = state.withLock { $0.netd }
    let (vms, host) = all()
    var text = MetricText(syntax)
    text.family("procurator_build_info", .info, "The release that runs; always 1.")
    text.sample("procurator_build_info", [("program", "vmsupervisor"), ("version", Release.version)], 1)
    text.vms(vms, at: Moment())
    text.host(host, interval: interval)
    text.netd(netd)
    return text.finished()
  }

  /// Yields after every collection, and once at the beginning if there has been one.
  package func collections() -> AsyncStream<Void> {
    state.withLock { state in
      state.waiting.subscribe(atOnce: state.host.collections > 0) { [weak self] number in
        self?.state.withLock { $0.waiting.unsubscribe(number) }
      }
    }
  }
}
