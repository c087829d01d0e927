import Testing

@testable import Linux
@testable import NodeCore

/// What is read of the kernel's account of a group, on folders that look like groups.
@Suite struct GroupCountersTests {
  private func read<Value>(_ text: String, _ body: (UnsafeRawBufferPointer) -> Value) -> Value {
    Array(text.utf8).withUnsafeBytes(body)
  }

  /// A group with these files; all controllers unless said otherwise.
  private func counters(
    _ files: [String: String], _ controllers: Set<Cgroup.Controller> = [.cpu, .io, .memory, .pids]
  ) throws -> Cgroup.Counters? {
    let folder = "/tmp/pcrt-counted\(UInt32.random(in: 0 ... .max))"
    try Files.makeFolders(folder)
    defer { try? Files.removeFolder(folder) }
    for (name, text) in files { try Files.replace("\(folder)/\(name)", with: Array(text.utf8)) }
    return Cgroup(path: folder).counters(controllers)
  }

  private static let all = [
    "cpu.stat": """
    usage_usec 1200
    user_usec 700
    system_usec 500
    nr_periods 30
    nr_throttled 12
    throttled_usec 450000
    nr_bursts 0

    """,
    "memory.current": "314572800\n", "memory.peak": "325058560\n",
    "memory.events": "low 9\nhigh 1\nmax 2\noom 3\noom_kill 4\noom_group_kill 5\n", "pids.current": "9\n",
    "io.stat": "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n8:16 \n",
    "cpu.pressure":
      "some avg10=12.34 avg60=0.00 avg300=0.00 total=99\nfull avg10=1.00 avg60=0.00 avg300=0.00 total=7\n",
    "memory.pressure":
      "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
    "io.pressure": "some avg10=100.00 avg60=0.00 avg300=0.00 total=18446744073709551615\n",
  ]

  @Test func everythingIsRead() throws {
    let counters = try #require(try counters(Self.all))
    #expect(counters.processorTime == 1200)
    #expect(counters.throttling == .init(periods: 30, throttledPeriods: 12, time: 450_000))
    #expect(
      counters.memory
        == .init(bytes: 300 << 20, peak: 310 << 20, events: .init(high: 1, max: 2, outOfMemory: 3, kills: 4)))
    #expect(counters.tasks == 9)
    #expect(
      counters.traffic == [
        .init(device: BlockDevice(major: 8, minor: 0), readBytes: 1, writtenBytes: 2, reads: 3, writes: 4)
      ])
    #expect(counters.processorPressure?.some == .init(time: 99, recent: 1234))
    #expect(counters.processorPressure?.full == .init(time: 7, recent: 100))
    #expect(counters.memoryPressure?.full == .init(time: 0, recent: 0))
    #expect(counters.ioPressure == .init(some: .init(time: .max, recent: 10000)))
  }

  /// Older kernels, kernels without PSI, groups without controllers: nothing of it is 0.
  @Test func whatIsNotCountedIsAbsent() throws {
    var files = Self.all
    files["memory.peak"] = nil
    for name in ["cpu.pressure", "memory.pressure", "io.pressure"] { files[name] = nil }
    files["cpu.stat"] = "usage_usec 5\nuser_usec 5\n"
    let older = try #require(try counters(files))
    #expect(older.memory?.peak == nil && older.memory?.bytes == 300 << 20)
    #expect(older.throttling == nil && older.processorTime == 5)
    #expect(older.processorPressure == nil && older.memoryPressure == nil && older.ioPressure == nil)
    let bare = try #require(try counters(Self.all, []))
    #expect(bare.memory == nil && bare.tasks == nil && bare.traffic == nil)
    files["io.stat"] = ""
    #expect(try counters(files)?.traffic == [], "no traffic yet is none")
    #expect(try counters([:]) == nil && Cgroup(path: "/tmp/pcrt-none").counters([]) == nil)
  }

  @Test(arguments: [
    "", "\n", "some", "some avg10=1 total=2", "full avg10=0.00 avg60=0.00 avg300=0.00 total=1\n",
    "some avg10=0.0 avg60=0.00 avg300=0.00 total=1", "some avg10=0.00 avg60=0.00 avg300=0.00 total=x",
    "some avg10=0.00 avg60=0.00 avg300=0.00 total=18446744073709551616", "some avg10=0.000 a b total=1",
  ])
  func brokenPressureIsNone(_ text: String) { #expect(read(text) { Cgroup.pressure(in: $0) } == nil) }

  @Test func brokenCountsAreNone() {
    for text in ["", "x", "usage_usec", "usage_usec x", "usage_usec -1", "user_usec 4"] {
      #expect(read(text) { Cgroup.processor(in: $0)?.used } == nil, "\(text)")
    }
    #expect(read("max") { Cgroup.number(in: $0) } == nil)
    #expect(read("low 1\n") { Cgroup.memoryEvents(in: $0) } == nil)
    #expect(read("8:0\n8:x rbytes=1\n8:1 rbytes=\n") { Cgroup.traffic(in: $0) }.isEmpty)
  }

  /// Many VMs are read in turns, and a group in which nothing has run tells nothing of a VM.
  @Test func groupsTakeTurns() throws {
    let folder = "/tmp/pcrt-turns\(UInt32.random(in: 0 ... .max))"
    defer { try? Files.removeFolder(folder) }
    let tree = CgroupTree(root: Cgroup(path: folder), controllers: [.io], missing: [:], unbounded: nil)
    let summaries = (0..<5).map { Samples.summary("\($0)") }
    for (number, summary) in summaries.enumerated() {
      try Files.makeFolders(tree.group(summary.id).path)
      let files = ["cpu.stat": "usage_usec \(number)\n", "io.stat": "4095:77 rbytes=1 wbytes=2 rios=3 wios=4\n"]
      for (name, text) in files { try Files.replace("\(tree.group(summary.id).path)/\(name)", with: Array(text.utf8)) }
    }
    var probe = GroupProbe()
    #expect(probe.read(summaries, in: nil, budget: 10_000_000).isEmpty)
    #expect(Set(probe.read(summaries, in: tree, budget: 10_000_000).keys) == Set(summaries.dropFirst().map(\.id)))
    var seen: Set<String> = []
    for _ in summaries { seen.formUnion(probe.read(summaries, in: tree, budget: 0).keys) }
    #expect(seen.count == 4)
    let reading = try #require(probe.read([summaries[4]], in: tree, budget: 0)[summaries[4].id])
    #expect(reading.disks?.map(\.name) == ["4095:77"], "a disk that is gone goes by its numbers")
    #expect(BlockDevice(major: 4095, minor: 77).name == nil)
  }
}
