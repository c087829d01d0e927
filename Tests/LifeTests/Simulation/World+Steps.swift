import Failure
import Life

extension World {
  private static let unhealthyReason = Failure(.unavailable, operation: "check health", cause: "no answer")
  private static let fullDisk = Failure(
    .exhausted, operation: "write", object: "/srv/a.img", cause: "no space", errno: 28)

  /// One random thing happens.
  func step() throws(Broken) {
    let vm = vms[Int(random.next() % UInt64(vms.count))]
    switch random.next() % 1000 {
    case 0..<100: try take(.start, vm)
    case 100..<110: try take(.stop(timeout: .seconds(Int64(random.next() % 60))), vm)
    case 110..<120: try take(.shutdown(timeout: .seconds(Int64(random.next() % 60))), vm)
    case 120..<130: try take(.kill, vm)
    case 130..<160: try take(.pause, vm)
    case 160..<200: try take(.resume, vm)
    case 200..<225:
      try take(.reboot(hard: chance(500), timeout: .seconds(Int64(random.next() % 60))), vm)
    case 225..<440: try advanceLaunch(vm)
    case 440..<640: try deliver(vm)
    case 640..<680: if vm.process?.condition == .running { change(vm, to: chance(500) ? .shutDown : .panicked) }
    case 680..<685: if vm.process?.condition == .running { change(vm, to: .broken) }
    case 685..<710: try take(.agent(connected: chance(500)), vm)
    case 710..<735: try take(chance(700) ? .unhealthy(Self.unhealthyReason) : .healthy, vm)
    case 735..<760: try end(vm)
    case 760..<850: if vm.process?.isEnding == true { try end(vm) }
    case 850..<860: if vm.process != nil, !vm.isGhost, vm.isConnected { try take(.hypervisorLeaving, vm) }
    case 860..<880: if chance(500) { disconnect(vm) }
    case 880..<910: try reconnect(vm)
    case 910..<980: try advance(Int(random.next() % 20_000))
    case 980..<984: wall += Int(random.next() % 7_200_000) - 3_600_000
    case 984..<990: kill()
    case 990..<992: try restartHost()
    case 992..<995: if vm.process?.condition == .running { change(vm, to: .held) }
    case 995: try take(.holdExplained(Self.fullDisk), vm)
    default: try advance(Int(random.next() % 700_000))
    }
    if isDown {
      // Some time may pass before somebody starts it again, and processes may end meanwhile.
      now += 100
      wall += 100
      if chance(100) { for vm in vms where vm.process != nil && chance(300) { try end(vm) } }
      try start()
    }
    for vm in vms where vm.process != nil && !vm.isGhost && !vm.life.state.hasProcess {
      throw broken("a process is left", vm)
    }
  }

  /// The world calms down: nothing new is requested, nothing fails, and all that is under way comes to its end.
  func calm() throws(Broken) {
    (faults, killAt) = (0, nil)
    try start()
    for vm in vms where vm.isGhost { try end(vm) }
    for _ in 0..<2000 {
      for vm in vms {
        try deliver(vm)
        try advanceLaunch(vm)
        if vm.process?.isEnding == true { try end(vm) }
        try reconnect(vm)
      }
      guard vms.allSatisfy({ $0.mail.isEmpty && $0.launching == nil }) else { continue }
      for vm in vms { vm.timers[.steady] = nil }
      guard let (_, _, due) = nextTimer() else { break }
      try advance(max(0, due - now))
    }
    for vm in vms { try judge(vm) }
  }

  /// Whether a VM is where its owner wants it, or says why not.
  private func judge(_ vm: SimulatedVM) throws(Broken) {
    let memory = vm.life.memory
    if memory != vm.disk.memory { throw broken("the record does not say what is", vm) }
    if memory.request != nil || memory.state == .stopping || memory.state == .starting { throw broken("stuck", vm) }
    if vm.wanted == .off {
      if memory.state.hasProcess || memory.restart != nil { throw broken("on against its owner's request", vm) }
      return
    }
    guard memory.state.hasProcess else {
      let gaveUp = memory.why?.cause.hasPrefix("gave up after") == true
      let mayRest =
        vm.policy.kind == .never || vm.isOffByGuest || gaveUp && vm.policy.maxAttempts != nil
        || memory.why?.code == .invalid
      if !mayRest { throw broken("off against its owner's request", vm) }
      return
    }
    if vm.process?.condition == .held {
      if memory.state != .paused || memory.why == nil { throw broken("held, and nobody is told why", vm) }
      return
    }
    if memory.why != nil { throw broken("a reason to be held, and it is not", vm) }
    let state: State = vm.wantsPause ? .paused : .running
    if memory.state != state || vm.process?.condition != (vm.wantsPause ? .paused : .running) {
      throw broken("expected \(state.rawValue)", vm)
    }
  }
}
