import Life
import Testing

@testable import NodeCore

@Suite struct BoardTests {
  private func text(_ board: MetricsBoard, _ syntax: MetricSyntax = .openMetrics) -> String {
    String(decoding: board.text(syntax), as: UTF8.self)
  }

  @Test func aScrapeIsStrictOpenMetrics() throws {
    var odd = Samples.summary("odd", state: .failed)
    odd.name = "a\"b\\c"
    let board = Samples.board([Samples.summary("one"), Samples.summary("two", state: .stopped), odd])
    let scrape = try Exposition(openMetrics: text(board))
    let one = ["name": "one"]
    for (name, value) in [
      ("cpu_seconds_total", 6.0), ("memory_resident_bytes", 104_857_600), ("memory_pss_bytes", 94_371_840),
      ("memory_domain_bytes", 268_435_456), ("memory_usable_bytes", 209_715_200), ("restarts_total", 2),
      ("generation", 3), ("start_duration_seconds", 1.5), ("healthy", 1), ("agent_connected", 1), ("warnings", 1),
      ("restarts_exhausted", 0),
    ] {
      #expect(scrape.value("procurator_vm_" + name, one) == value, "\(name)")
    }
    #expect(scrape.value("procurator_vm_vcpu_seconds_total", ["name": "one", "vcpu": "0"]) == 3.6)
    #expect(scrape.value("procurator_vm_storage_read_traffic_bytes_total", ["drive": "root"]) == 24576)
    #expect(scrape.value("procurator_vm_network_transmit_bytes_total", ["interface": "nic0"]) == 12000)
    #expect(scrape.value("procurator_vm_network_receive_dropped_total", ["interface": "nic0"]) == 4)
    for (name, value) in [
      ("cpu_cfs_periods_total", 60.0), ("cpu_cfs_throttled_periods_total", 24),
      ("cpu_cfs_throttled_seconds_total", 1.5),
      ("memory_usage_bytes", 314_572_800), ("memory_max_usage_bytes", 325_058_560), ("threads", 9),
      ("pressure_cpu_waiting_seconds_total", 0.6), ("pressure_cpu_stalled_seconds_total", 0.3),
      ("pressure_memory_stalled_seconds_total", 0), ("pressure_io_waiting_seconds_total", 0.006),
    ] {
      #expect(scrape.value("procurator_vm_" + name, one) == value, "\(name)")
    }
    #expect(scrape.value("procurator_vm_memory_events_total", ["name": "one", "event": "oom_kill"]) == 4)
    #expect(scrape.value("procurator_vm_fs_writes_bytes_total", ["name": "one", "device": "sda"]) == 6144)
    #expect(scrape.value("procurator_vm_pressure_io_stalled_seconds_total", one) == nil, "the kernel does not say")
    #expect(scrape.value("procurator_vms", ["state": "running"]) == 1)
    #expect(scrape.value("procurator_committed_vcpus") == 2)
    #expect(scrape.value("procurator_metrics_collection_seconds_total") == 0.0025)
    #expect((scrape.value("process_open_fds") ?? 0) > 0 && (scrape.value("process_start_time_seconds") ?? 0) > 1e9)

    // Who does not run has a state, and nothing that only a process has.
    let two = ["name": "two"]
    #expect(scrape.value("procurator_vm_state", ["name": "two", "state": "stopped"]) == 1)
    #expect(scrape.value("procurator_vm_info", ["vm_id": "id-two"]) == 1)
    #expect(scrape.value("procurator_vm_cpu_seconds_total", two) == nil)
    #expect(scrape.value("procurator_vm_uptime_seconds", two) == nil)
    #expect(scrape.value("procurator_vm_state", ["name": "a\\\"b\\\\c"]) == 1)
  }

  /// The older format: the same samples, other descriptions.
  @Test func bothFormatsSayTheSame() {
    let board = Samples.board([Samples.summary("one")])
    func samples(_ syntax: MetricSyntax) -> Set<Substring> {
      // What tells the time has gone on in between.
      Set(text(board, syntax).split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.contains("_age_") })
        .filter { !$0.contains("uptime_seconds") }
    }
    #expect(samples(.prometheus) == samples(.openMetrics))
    #expect(text(board, .prometheus).contains("# TYPE procurator_vm_cpu_seconds_total counter\n"))
    #expect(text(board, .prometheus).contains("# TYPE procurator_vm_info gauge\n"))
    #expect(!text(board, .prometheus).contains("# UNIT"))
  }

  @Test func deletedVMsGoAtOnceAndStayAway() {
    let board = Samples.board([Samples.summary("one"), Samples.summary("two")])
    board.begin()
    let old = [Samples.summary("one"), Samples.summary("two")]
    board.forget("id-one")
    #expect(!text(board).contains("name=\"one\""))
    // The collection under way had made its list before.
    board.take(old)
    board.read(old) { _, readings in readings = Samples.readings(1, 1) }
    #expect(!text(board).contains("name=\"one\"") && text(board).contains("name=\"two\""))
    // And one that was made meanwhile is not lost for not being in it.
    board.begin()
    board.note(Samples.summary("three"))
    board.take([Samples.summary("two")])
    #expect(text(board).contains("name=\"three\""))
    board.begin()
    board.take([Samples.summary("two")])
    #expect(!text(board).contains("name=\"three\""))
  }

  @Test func readingsBelongToOneRun() {
    let board = Samples.board([Samples.summary("one")])
    #expect(board.sample("id-one")?.rates.cpuPercent == 100)
    board.note(Samples.summary("one", token: "t2"))
    #expect(board.sample("id-one")?.readings.process == nil && board.sample("id-one")?.rates == VMRates())
    // A late answer of the run before.
    board.read("id-one", "t1") { $0 = Samples.readings(9_000_000, 9) }
    #expect(board.sample("id-one")?.readings.process == nil)
    board.note(Samples.summary("one", state: .stopped))
    board.read("id-one", "t2") { $0 = Samples.readings(9_000_000, 9) }
    #expect(board.sample("id-one")?.readings.process == nil)
  }

  @Test func whoWaitsHearsOfCollections() async {
    let board = MetricsBoard(interval: .seconds(5))
    var waiting = board.collections().makeAsyncIterator()
    var host = HostSample()
    host.collections = 1
    board.take(host)
    #expect(await waiting.next() != nil)
    var late = board.collections().makeAsyncIterator()
    #expect(await late.next() != nil, "there is something to show already")
  }
}

@Suite struct RatesTests {
  @Test func ratesAreDifferencesByTime() {
    var rates = VMRates()
    rates.update(from: Readings(), to: Samples.readings(1_000_000, 1))
    #expect(rates == VMRates(), "one reading is no rate")
    rates.update(from: Samples.readings(1_000_000, 10), to: Samples.readings(3_000_000, 11))
    #expect(rates.cpuPercent == 50 && rates.vcpuPercent == [30, 0])
    #expect(rates.throttledPercent == 40)
    #expect(rates.diskReadBytes == 2048 && rates.diskWriteBytes == 4096)
    #expect(rates.diskReads == 0.5 && rates.diskWrites == 1)
    #expect(rates.receivedBytes == 500 && rates.transmittedBytes == 1000)
  }

  @Test func whatBeginsAnewHasNoRate() {
    var rates = VMRates()
    rates.update(from: Samples.readings(1_000_000, 10), to: Samples.readings(3_000_000, 9))
    #expect(rates.cpuPercent == nil && rates.diskReadBytes == nil && rates.receivedBytes == nil)
    #expect(rates.throttledPercent == nil)
    #expect(VMRates.perSecond(1, 2, in: 0) == nil)
    #expect(VMRates.perSecond(0, .max, in: 1) == Double(UInt64.max) * 1e6)
  }

  /// What was not read again keeps its rate.
  @Test func ratesStay() {
    var rates = VMRates()
    let later = Samples.readings(3_000_000, 11)
    rates.update(from: Samples.readings(1_000_000, 10), to: later)
    let before = rates
    rates.update(from: later, to: later)
    #expect(rates == before)
  }
}
