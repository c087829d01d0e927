import NodeAPI
import Testing

@testable import CommandLine

@Suite struct GroupViewTests {
  private static let usage = Limiquantix_Node_V1_GroupUsage.with {
    $0.throttling.periods = 300
    $0.throttling.throttledPeriods = 12
    $0.throttling.throttledSeconds = 1.2
    $0.throttling.throttledPercent = 25
    $0.memory.bytes = 300 << 20
    $0.memory.peakBytes = 310 << 20
    $0.memory.events.max = 1
    $0.tasks = 9
    $0.disks = [
      .with {
        $0.device = "sda"
        $0.readBytes = 1 << 20
        $0.writeBytes = 2 << 20
      }
    ]
    $0.cpuPressure.some.percent = 12
    $0.ioPressure.some.percent = 30
    $0.memoryPressure.some.percent = 0
  }

  @Test func whatIsCountedIsInWords() {
    let facts = GroupView(Self.usage).facts
    #expect(facts.first { $0.0 == "Throttled" }?.1 == "12 of 300 periods, 1.2s")
    #expect(facts.first { $0.0 == "Charged" }?.1 == "300M memory, 310M at most, at its limit 1 time, 9 threads")
    #expect(facts.first { $0.0 == "Disk I/O" }?.1 == "sda 1M read, 2M written")
    #expect(facts.first { $0.0 == "Pressure" }?.1 == "cpu 12%, io 30%")
    #expect(GroupView(Self.usage).greatestPressure == "io 30%")
  }

  @Test func whatIsNotCountedIsAbsent() throws {
    let view = GroupView(.with { $0.memory.bytes = 1 << 20 })
    #expect(view.facts.filter { !$0.1.isEmpty }.map(\.1) == ["1M memory"])
    let text = try Document.line(view)
    #expect(!text.contains("peak") && !text.contains("cpu_") && !text.contains("tasks"), "\(text)")
    #expect(text.contains("\"memory_bytes\":1048576"), "\(text)")
  }
}
