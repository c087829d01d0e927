import Life
import Testing

@testable import HypervisorQEMU
@testable import NodeCore
@testable import Storage
@testable import Text

/// What is seen on a clock, as values.
@Suite struct WatchTests {
  @Test func aHypervisorThatIsStoppedOrSilent() {
    #expect(Stall.of(state: "T", silence: 0) == .stopped)
    #expect(Stall.of(state: "t", silence: 0) == .traced)
    #expect(Stall.of(state: "S", silence: Stall.timeout - 1) == nil)
    #expect(Stall.of(state: "D", silence: Stall.timeout) == .silent("D"))
    let stopped = Stall.stopped.failure(pid: 4242, name: "web")
    #expect(stopped.cause.contains("stopped by a signal") && stopped.remedy.contains("kill -CONT 4242"))
    for stall in [Stall.stopped, .traced, .silent("D"), .silent("R")] {
      let failure = stall.failure(pid: 4242, name: "web")
      #expect(failure.cause.contains("4242") && failure.remedy.contains("vmsupervisor kill web"))
    }
  }

  @Test func aClockThatWasSet() {
    var watch = ClockWatch()
    #expect(watch.look(wall: 1_000_000, sinceBoot: 50) == nil, "the first look knows nothing")
    #expect(watch.look(wall: 1_000_005.01, sinceBoot: 55) == nil, "NTP slews it")
    #expect(watch.look(wall: 1_003_610.01, sinceBoot: 60) == 3600)
    #expect(watch.look(wall: 1_003_615.01, sinceBoot: 65) == nil, "that was told")
    #expect(watch.look(wall: 1_003_560.01, sinceBoot: 70) == -60)
    #expect(watch.look(wall: 1_040_000.01 - 440, sinceBoot: 36_070) == nil, "a host that slept has not been set")
    #expect(ClockWatch.words(3600).contains("forward by") && ClockWatch.words(-60).contains("back by"))
  }

  @Test func guestsCannotFillTheLog() {
    var budget = EventBudget()
    var written: [String] = []
    for second in 0..<600 {
      if let words = budget.words("agent gone", at: Double(second) / 10) { written.append(words) }
    }
    #expect(written.count == EventBudget.burst)
    #expect(written.dropLast().allSatisfy { $0 == "agent gone" })
    #expect(written.last?.contains("only counted") == true, "whoever reads the log knows that it is not whole")
    let later = budget.words("agent connected", at: 3600)
    #expect(later == "agent connected (after 592 changes that were not written)")
  }

  @Test func whyADiskHoldsAGuest() throws {
    let path = "/srv/images/web.img"
    let event = JSON.object([
      "event": "BLOCK_IO_ERROR",
      "data": [
        "device": "", "node-name": "disk0", "operation": "write", "action": "stop", "nospace": true,
        "reason": "No space left on device",
      ],
    ])
    guard case .diskFailed(let error)? = QMPEvent(event)?.kind else {
      Issue.record("the event is not read")
      return
    }
    #expect(error.device == .disk(0) && error.isWrite == true && error.hasNoSpace)
    var place = try #require(FilePlace(of: "/proc/self/status"))
    #expect(place.mountPoint == "/proc")
    place.mountPoint = "/srv"
    place.space = .init(what: "an image", path: path, freeBytes: 0, totalBytes: 24 << 20, freeFiles: 0, totalFiles: 0)
    let full = HoldReason(error: error, drive: "disk root", path: path, place: place).failure("web")
    #expect(full.code == .exhausted && full.errno == 28 && full.object == path && full.operation == "write disk")
    #expect(full.cause.contains("disk root: the file system at /srv is full (0 of 24M free)"), "\(full.cause)")
    #expect(full.remedy == "free space on /srv, then let it go on: vmsupervisor resume web")
    #expect(full.part == .space)

    var failed = error
    (failed.hasNoSpace, failed.isWrite, failed.reason) = (false, false, "Input/output error")
    let broken = HoldReason(error: failed, drive: "disk root", path: path, place: place).failure("web")
    #expect(
      broken.operation == "read disk" && broken.errno == 5 && broken.cause.contains("the host says: Input/output error")
    )
    #expect(broken.remedy.contains("/srv") && broken.remedy.contains("vmsupervisor resume web"))
    #expect(broken.part == .disk)
    let device = HoldReason(error: error, drive: "disk root", path: "/dev/vg/web", place: nil).failure("web")
    #expect(device.cause.contains("no space is left for /dev/vg/web"))
  }

  @Test func anErrorThatTheGuestIsToldOfIsNoHold() {
    let event = JSON.object([
      "event": "BLOCK_IO_ERROR", "data": ["node-name": "disk0", "operation": "read", "action": "report"],
    ])
    #expect(QMPEvent(event)?.kind == .other("BLOCK_IO_ERROR"))
  }
}
