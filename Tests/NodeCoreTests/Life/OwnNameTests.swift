import Failure
import Testing

@testable import Life
@testable import NodeCore

/// Remedies name the VM.
@Suite struct OwnNameTests {
  @Test func commandsGetTheNameAndProseKeepsItsWords() {
    #expect("start it: vmsupervisor start VM".naming("web") == "start it: vmsupervisor start web")
    #expect(
      "stop the VM (vmsupervisor stop VM), then the VM".naming("a") == "stop the VM (vmsupervisor stop a), then the VM")
    let twice = "vmsupervisor stop VM, then vmsupervisor start VM; VM"
    #expect(twice.naming("x") == "vmsupervisor stop x, then vmsupervisor start x; VM")
    // Whoever is called so may be named twice.
    #expect("vmsupervisor start VM".naming("VM-1").naming("VM-1") == "vmsupervisor start VM-1")
    #expect("stop other VMs first".naming("web") == "stop other VMs first")
  }

  @Test func noReasonOfALifeIsLeftWithoutAName() {
    var reasons = [
      LifeCycle.panic, LifeCycle.death(.unknown, ""), LifeCycle.death(.signalled(9), "words"), LifeCycle.breakdown,
      LifeCycle.hold,
      LifeCycle.powerCut, LifeCycle.reset, LifeCycle.hostDown, LifeCycle.dismissal,
      LifeCycle.surrender(after: 3, LifeCycle.death(.unknown, "")), LifeCycle.deafness(isHeld: true),
    ].map { $0.naming("web") }
    for state in State.allCases {
      var life = LifeCycle(LifeMemory(state: state))
      for event in [Event.pause, .resume, .reboot(hard: false, timeout: .seconds(1)), .start, .timer(.start)] {
        do throws(Failure) { _ = try life.handle(event, jitter: 0) } catch { reasons.append(error.naming("web")) }
        life.nameItself("web")
        reasons += [life.why, life.cut].compactMap(\.self)
      }
    }
    #expect(reasons.count > 15)
    for reason in reasons {
      #expect(!"\(reason) ".contains(/vmsupervisor [^;,()]*\bVM\b/), "\(reason)")
    }
  }
}
