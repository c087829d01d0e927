import Glibc
import HypervisorQEMU
import Linux
import Testing

@testable import NodeCore
@testable import Text

@Suite struct ProbeTests {
  private func facts(_ line: String) -> ProcessFacts? {
    Array(line.utf8).withUnsafeBytes { ProcessFacts(line: $0) }
  }

  private static let rest = "1 2 3 0 -1 4194560 10 0 0 0 250 125 0 0 20 0 7 0 9000 123456 300 18446744073709551615 1 1"

  @Test func processesAreRead() {
    let facts = facts("4242 (CPU 1/KVM) S \(Self.rest)\n")
    #expect(facts?.name == "CPU 1/KVM" && facts?.state == "S" && facts?.startTime == 9000)
    #expect(facts?.cpuTicks == 375 && facts?.threads == 7 && facts?.virtualBytes == 123_456)
    #expect(facts?.residentBytes == 300 * 4096)
    #expect(self.facts("1 (a) b (c) R \(Self.rest)")?.name == "a) b (c")
    #expect(ProcessFacts(pid: 1)?.startTime != nil)
    #expect(ProcessFacts(pid: 1, thread: 1)?.name == ProcessFacts(pid: 1)?.name)
    #expect(ProcessFacts(pid: Int32.max) == nil)
  }

  /// Numbers that nothing real has must not end the supervisor.
  @Test func absurdProcessesAreNone() {
    let huge = "18446744073709551615"
    for line in [
      "", "1", "1 (a", "1 (a)", "1 (a) ", "1 (a) S", "1 )a( S \(Self.rest)", "1 (a) S 1 2 3",
      "1 (a) S \(Self.rest.replacing("250 125", with: "\(huge) 1"))",
      "1 (a) S \(Self.rest.replacing("250 125", with: "\(huge)0 1"))",
      "1 (a) S \(Self.rest.replacing(" 300 ", with: " \(huge) "))",
      "1 (a) S \(Self.rest.replacing(" 9000 ", with: " x "))",
    ] {
      #expect(facts(line) == nil, "\(line)")
    }
  }

  @Test(arguments: [
    ("CPU 0/KVM", 0), ("CPU 17/TCG", 17), ("CPU 0", nil), ("CPU x/KVM", nil), ("ALL CPUs/TCG", nil), ("", nil),
    ("CPU /KVM", nil), ("IO mon_iothread", nil),
  ])
  func processorThreads(name: String, index: Int?) { #expect(ProcessProbe.processorIndex(name) == index) }

  @Test func linksAreSeenFromTheGuest() {
    let text = """
      Inter-|   Receive                                                |  Transmit
       face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
          lo:       1       2    3    4    0     0          0         0       5       6    7    8    0     0       0          0
      pcr0-17: 18446744073709551615 1 0 0 0 0 0 0 10 11 12 13 0 0 0 0
      short: 1 2 3

      """
    let links = LinkProbe.parse(Array(text.utf8))
    #expect(Set(links.keys) == ["lo", "pcr0-17"])
    #expect(links["lo"]?.transmitted == .init(bytes: 1, packets: 2, errors: 3, dropped: 4))
    #expect(links["lo"]?.received == .init(bytes: 5, packets: 6, errors: 7, dropped: 8))
    #expect(links["pcr0-17"]?.transmitted.bytes == .max)
    #expect(LinkProbe.parse([]).isEmpty)
    #expect(LinkProbe().read()["lo"] != nil)
  }

  @Test func sharesAndTimes() {
    #expect(
      ShareProbe.share(in: Array("00-ff ---p [rollup]\nRss:  9 kB\nPss:       12 kB\nPss_Dirty: 3 kB\n".utf8)) == 12288)
    #expect(ShareProbe.share(in: Array("Rss: 9 kB\nPss:\n".utf8)) == nil)
    let times = HostProbe.processorTimes(Array("cpu  10 1 5 100 20 2 3 4 6 7\ncpu0 1 1 1\n".utf8))
    #expect(times?.busy == 25 && times?.all == 145)
    #expect(HostProbe.processorTimes(Array("intr 1\n".utf8)) == nil)
  }

  @Test func drivesOfTheGuestCount() throws {
    let answer = try JSON(
      parsing: Array(
        """
        [{"qdev":"/machine/peripheral/blk0/virtio-backend","node-name":"disk0","stats":{"rd_bytes":1,"wr_bytes":2,
        "rd_operations":3,"wr_operations":4,"flush_operations":5}},
        {"qdev":"/machine/peripheral/blk7/virtio-backend","stats":{"rd_bytes":-1}},
        {"qdev":"/machine/system.flash0","stats":{"rd_bytes":9}},{"stats":{}},{"qdev":"/machine/peripheral//x","stats":{}}]
        """.utf8))
    let reading = DriveReading(
      try BlockStats.list(answer).compactMap(\.counters), names: [.disk(0): "root"], at: 1)
    #expect(reading.drives.map(\.name) == ["root", "disk7"])
    #expect(
      reading.drives.first
        == DriveCounters(name: "root", readBytes: 1, writtenBytes: 2, reads: 3, writes: 4, flushes: 5))
    #expect(reading.drives.last?.readBytes == 0)
  }

  /// Those that come first do not keep the others from their turn.
  @Test func sharesTakeTurns() {
    let own = Int32(getpid())
    let summaries = (0..<5).map { number in
      var summary = Samples.summary("\(number)")
      summary.run?.pid = own
      return summary
    }
    var probe = ShareProbe()
    var seen: Set<String> = []
    for _ in summaries { seen.formUnion(probe.read(summaries, budget: 0).keys) }
    #expect(seen.count == 5)
    #expect(probe.read(summaries, budget: 10_000_000).count == 5)
    #expect(probe.read([], budget: 1).isEmpty)
  }
}
