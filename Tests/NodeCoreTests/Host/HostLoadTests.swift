import Testing

@testable import NodeCore

/// Whether memory of a host is scarce, as a value.
@Suite struct HostLoadTests {
  private func reading(_ percent: UInt64, stalled: Double? = 0) -> HostLoad.Reading {
    HostLoad.Reading(total: 100 << 30, available: percent << 30, stalled: stalled)
  }

  @Test func aMomentIsNothing() {
    var load = HostLoad()
    for _ in 0..<20 {
      #expect(load.look(reading(1)) == nil)
      #expect(load.look(reading(50)) == nil)
    }
    #expect(!load.isOverloaded)
  }

  @Test func atTheEdgeItIsToldOnce() {
    var load = HostLoad()
    #expect(load.look(reading(4)) == nil)
    guard case .overloaded(let why) = load.look(reading(4)) else {
      Issue.record("not told")
      return
    }
    #expect(why.code == .exhausted && why.cause.contains("of 100") && !why.remedy.isEmpty)
    // Between the two shares nothing is told, however long that lasts.
    for percent in [4, 6, 9, 4, 8] as [UInt64] {
      for _ in 0..<10 { #expect(load.look(reading(percent)) == nil) }
    }
    for _ in 0..<5 { #expect(load.look(reading(20)) == nil) }
    #expect(load.look(reading(20)) == .recovered)
    for _ in 0..<10 { #expect(load.look(reading(20)) == nil) }
  }

  @Test func tasksThatStandStillAreEnough() {
    var load = HostLoad()
    _ = load.look(reading(50, stalled: 0.5))
    #expect(load.look(reading(50, stalled: 0.5)) != nil)
    for _ in 0..<20 { #expect(load.look(reading(50, stalled: 0.1)) == nil, "there is still something of it") }
    for _ in 0..<5 { _ = load.look(reading(50, stalled: nil)) }
    #expect(load.look(reading(50, stalled: nil)) == .recovered, "without PSI memory alone decides")
    #expect(load.look(HostLoad.Reading(total: 0, available: 0)) == nil)
  }

  @Test func pressureIsRead() {
    let text = "some avg10=30.00 avg60=1.00 avg300=0.00 total=5\nfull avg10=12.50 avg60=0.00 avg300=0.00 total=1\n"
    #expect(HostLoad.stalled(text) == 0.125)
    for text in ["", "full", "full avg10=", "full avg10=-1", "full avg10=1000", "full avg10=nan", "some avg10=1.00"] {
      #expect(HostLoad.stalled(text) == nil, "\(text)")
    }
  }
}
