import Failure
import Life

/// What is outside the supervisor: hypervisors, guests, clocks.
extension World {
  private static let nothingThere = Event.processEnded(.unknown, words: "")

  func perform(_ effect: Effect, _ vm: SimulatedVM) throws(Broken) {
    switch effect {
    case .launch:
      if vm.wanted == .off { throw broken("a start against its owner's request", vm) }
      if vm.process != nil, !vm.isGhost { throw broken("a start beside a running process", vm) }
      vm.launching = vm.life.generation
      try perform(.arm(.start, after: LifeCycle.startTimeout), vm)
    case .kill:
      if vm.process != nil, !vm.isGhost {
        vm.process?.isEnding = true
      } else if vm.launching == nil, !vm.mail.contains(Self.nothingThere) {
        vm.mail.append(Self.nothingThere)
      }
    case .quit:
      let memory = vm.disk.memory
      if memory.ending == .stopped, memory.why == nil, memory.cut == nil, vm.process?.condition == .running,
        vm.process?.hasObeyed == false
      {
        throw broken("a power cut that nobody is told of", vm)
      }
      if vm.isConnected, vm.process != nil, !chance(faults) { vm.process?.isEnding = true }
    case .askAgent, .pressPowerButton: if hears(vm), chance(500) { change(vm, to: .shutDown) }
    case .askAgentToReboot: if hears(vm), chance(500) { vm.mail.append(.guestReset) }
    case .reset:
      guard vm.isConnected, vm.process != nil, !chance(faults) else { return }
      // A machine that stood still is ready to run, and does not.
      if vm.process?.condition != .running { vm.process?.condition = .paused }
      vm.mail.append(.guestReset)
      answer(vm)
    case .halt:
      guard vm.isConnected, !chance(faults) else { return }
      if vm.process?.condition == .running { change(vm, to: .paused) }
      answer(vm)
    case .resume:
      guard vm.isConnected, !chance(faults) else { return }
      let wasHeld = vm.process?.condition == .held
      if wasHeld || vm.process?.condition == .paused { change(vm, to: .running) }
      // The disk is as it was.
      if wasHeld, chance(300) { change(vm, to: .held) }
      answer(vm)
    case .setClock, .wake: break
    case .cleanUp: if vm.process != nil, !vm.isGhost { throw broken("cleaned up under a running process", vm) }
    case .arm(let kind, let delay): vm.timers[kind] = now + delay.milliseconds
    case .disarm(let kind): vm.timers[kind] = nil
    }
  }

  private func hears(_ vm: SimulatedVM) -> Bool { vm.isConnected && vm.process?.condition == .running }

  /// The guest's condition changes; the monitor tells, if somebody listens.
  func change(_ vm: SimulatedVM, to condition: GuestCondition) {
    vm.process?.condition = condition
    if condition == .shutDown { vm.process?.hasObeyed = true }
    if condition == .shutDown, vm.policy.kind != .always, vm.disk.memory.ending != .quiesced { vm.isOffByGuest = true }
    report(vm)
  }

  private func report(_ vm: SimulatedVM) {
    if !isDown, vm.isConnected, let condition = vm.process?.condition { vm.mail.append(.guest(condition)) }
  }

  /// The answer to a command comes before or after the events that it causes.
  private func answer(_ vm: SimulatedVM) {
    guard let condition = vm.process?.condition else { return }
    let answer = Event.answered(attempt: vm.life.attempt, condition)
    vm.mail.insert(answer, at: chance(500) ? vm.mail.count : max(0, vm.mail.count - 1))
  }

  /// A launch goes on: a process comes into being and answers, or the attempt fails, or nothing happens yet.
  func advanceLaunch(_ vm: SimulatedVM) throws(Broken) {
    guard let generation = vm.launching, !chance(faults) else { return }
    guard vm.life.state == .starting, vm.life.generation == generation else {
      vm.launching = nil
      if vm.process == nil { try take(.processEnded(.unknown, words: ""), vm) }
      return
    }
    if vm.isGhost || chance(faults * 2) {
      vm.launching = nil
      let code: Failure.Code = chance(30) ? .invalid : .system
      return try take(.startFailed(Failure(code, operation: "launch", cause: "no")), vm)
    }
    // The lock is held by one that has no monitor yet: its start goes on.
    if vm.process == nil {
      vm.process = .init(generation: generation)
      vm.incarnation = generation
      vm.wantsPause = false
      vm.isConnected = true
      guard point() else { return }
    }
    vm.launching = nil
    if !chance(faults) { vm.mail.append(.monitorReady(.running)) } else { vm.isConnected = false }
  }

  /// The process is gone.
  func end(_ vm: SimulatedVM) throws(Broken) {
    guard vm.process != nil else { return }
    vm.process = nil
    if vm.isGhost {
      vm.isGhost = false
      return
    }
    vm.mail.removeAll()
    try take(.processEnded(.signalled(9), words: ""), vm)
  }

  /// The monitor is away: what happens from now on is not told, and what was asked is not answered.
  func disconnect(_ vm: SimulatedVM) {
    vm.isConnected = false
    vm.mail.removeAll { if case .answered = $0 { true } else { false } }
  }

  /// A monitor that was away answers again.
  func reconnect(_ vm: SimulatedVM) throws(Broken) {
    guard !isDown, !vm.isConnected, !vm.isGhost, let process = vm.process else { return }
    vm.isConnected = true
    try take(vm.life.state == .starting ? .monitorReady(process.condition) : .guest(process.condition), vm)
  }

  func deliver(_ vm: SimulatedVM) throws(Broken) {
    if !vm.mail.isEmpty { try take(vm.mail.removeFirst(), vm) }
  }

  /// Time passes, and timers run out in their order.
  func advance(_ milliseconds: Int) throws(Broken) {
    let end = now + milliseconds
    while !isDown, let (vm, kind, due) = nextTimer(), due <= end {
      wall += max(0, due - now)
      now = max(now, due)
      vm.timers[kind] = nil
      try take(.timer(kind), vm)
    }
    wall += max(0, end - now)
    now = max(now, end)
  }

  func nextTimer() -> (SimulatedVM, TimerKind, Int)? {
    var first: (SimulatedVM, TimerKind, Int)?
    for vm in vms {
      for kind in TimerKind.allCases {
        guard let due = vm.timers[kind] else { continue }
        if let known = first, known.2 <= due { continue }
        first = (vm, kind, due)
      }
    }
    return first
  }

  /// The host is switched off and on again.
  func restartHost() throws(Broken) {
    if chance(500) {
      for vm in vms { try take(.quiesce(timeout: .seconds(Int64(random.next() % 60))), vm) }
      for _ in 0..<random.next() % 50 {
        for vm in vms {
          if vm.process?.isEnding == true, chance(500) { try end(vm) }
          try deliver(vm)
          if !isDown, vm.life.restart == nil, !vm.life.state.hasProcess, vm.process != nil, !vm.isGhost {
            throw broken("a process is left", vm)
          }
        }
        try advance(Int(random.next() % 5_000))
      }
    }
    kill()
    boot += 1
    for vm in vms {
      vm.process = nil
      vm.incarnation = nil
      vm.isGhost = false
    }
    try start()
  }
}
