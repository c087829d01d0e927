import Failure
import Linux
package import Logging
import Synchronization

/// Fills the board on a clock, for all VMs at once.
package final class Collector: Sendable {
  private let fleet: Fleet
  private let board: MetricsBoard
  private let log: Logger
  /// Reading `/proc` blocks, if not for long.
  private let queue = BlockingQueue("metrics")
  private let probes = Mutex(Probes())

  private struct Probes {
    var processes = ProcessProbe()
    var shares = ShareProbe()
    var groups = GroupProbe()
    var collections: UInt64 = 0
    var collecting: UInt64 = 0
  }

  /// Part of the interval that may go into proportional memory, and as much into control groups: its thousandths.
  private static let budget: UInt64 = 4

  package init(fleet: Fleet, log: Logger) {
    self.fleet = fleet
    self.log = log
    board = fleet.context.metrics
  }

  /// After a start of ours, clients that have waited for it come first.
  private static let headStart: Duration = .milliseconds(500)

  /// Collects until it is cancelled.
  package func run() async {
    do { try await Task.sleep(for: Self.headStart) } catch { return }
    await withTaskGroup { group in
      group.addTask { await MonitorProbe(board: self.board, interval: self.board.interval).run() }
      group.addTask { await self.followNetd() }
      group.addTask {
        var next = ContinuousClock.now
        while !Task.isCancelled {
          await self.collect()
          // One that was late does not make the others come in a bunch.
          next = max(next + self.board.interval, ContinuousClock.now)
          try? await Task.sleep(until: next, clock: .continuous)
        }
      }
    }
  }

  /// One collection.
  package func collect() async {
    let began = Clock.microseconds()
    board.begin()
    var summaries: [VMSummary] = []
    for vm in await fleet.all() { summaries.append(await vm.summary) }
    board.take(summaries)
    var host = await fleet.context.gate.load
    host.limits = fleet.context.limits.allocations.sample
    host.events = fleet.context.events.counts
    host.unwrittenEvents = fleet.context.events.unwritten
    host.quarantinedRecords = await fleet.quarantined.count
    let living = summaries.filter { $0.run != nil }
    await queue.run { [host] in self.look(living, host, began) }
  }

  private func look(_ summaries: [VMSummary], _ host: HostSample, _ began: UInt64) {
    let budget = UInt64(max(0, board.interval.milliseconds)) * Self.budget
    let tree = fleet.context.limits.tree
    let (processes, shares, groups) = probes.withLock { probes in
      (
        probes.processes.read(summaries), probes.shares.read(summaries, budget: budget),
        probes.groups.read(summaries, in: tree, budget: budget)
      )
    }
    let links = LinkProbe().read()
    let now = Clock.microseconds()
    board.read(summaries) { summary, readings in
      if let process = processes[summary.id] { readings.process = process }
      if let share = shares[summary.id] { readings.proportionalBytes = share }
      if let group = groups[summary.id] { readings.group = group }
      let known = summary.run?.cards ?? []
      let cards = known.compactMap { card in
        links[card.tap].map { CardReading.Card(name: card.name, counters: $0) }
      }
      // Only all of them or none: a sum over some would jump.
      if cards.count == known.count { readings.cards = CardReading(at: now, cards: cards) }
    }
    var sample = host
    HostProbe().read(into: &sample)
    sample.links = LinkProbe.ofHost(links, taps: Set(summaries.flatMap { ($0.run?.cards ?? []).map(\.tap) }))
    sample.at = Clock.microseconds()
    sample.lastCollecting = sample.at - began
    (sample.collections, sample.collecting) = probes.withLock { probes in
      probes.collections += 1
      probes.collecting += sample.lastCollecting
      return (probes.collections, probes.collecting)
    }
    board.take(sample)
  }

  private func followNetd() async {
    var wasAway = false
    while !Task.isCancelled {
      do throws(Failure) {
        let netd = fleet.context.netd
        let counters = try await netd.counters()
        board.take(
          NetdSample(
            counters: counters, times: await netd.times(), audit: try await netd.audit(),
            naming: fleet.context.naming.latest, mended: try await netd.mended(after: .max).last))
        wasAway = false
      } catch {
        board.take(nil as NetdSample?)
        if !wasAway { log.warning("metrics of netd are missing: \(error)") }
        wasAway = true
      }
      try? await Task.sleep(for: board.interval)
    }
  }
}

extension Allocations {
  fileprivate var sample: HostSample.Limits {
    let total = total
    return HostSample.Limits(
      committedProcessors: total.processors, committedMemory: total.memory,
      usableProcessors: capacity.usableProcessors, usableMemory: offered.usableMemory)
  }
}

extension StartGate {
  /// How full it is.
  fileprivate var load: HostSample {
    var sample = HostSample()
    (sample.starting, sample.waitingToStart, sample.mostStarting) = (busy, queued, limit)
    return sample
  }
}
