import Failure
import Life
import Seeded

/// A simulated host: a supervisor that can be killed at any numbered point, and its VMs.
final class World {
  var vms: [SimulatedVM] = []
  var random: SeededRandom
  /// Milliseconds of the steady clock and of the wall clock.
  var now = 0
  var wall = 1_000_000_000
  /// Counts the starts of the host.
  var boot = 0

  /// Places where the supervisor can be killed: before and after each record, before each effect.
  private(set) var points = 0
  /// The point at which it is killed.
  var killAt: Int?
  /// How often things go wrong, in a thousand; 0 when the world is calm.
  var faults = 0
  private(set) var isDown = false
  private(set) var kills = 0

  /// What happened lately, if somebody wants to know.
  var trail: [String]?

  struct Broken: Error, CustomStringConvertible {
    let vm: Int
    let description: String
  }

  init(seed: UInt64, policies: [RestartPolicy]) {
    random = SeededRandom(seed: seed)
    for (name, policy) in policies.enumerated() { vms.append(SimulatedVM(name: name, policy: policy)) }
  }

  func chance(_ perThousand: Int) -> Bool { perThousand > 0 && Int(random.next() % 1000) < perThousand }

  func broken(_ what: String, _ vm: SimulatedVM) -> Broken {
    Broken(vm: vm.name, description: "\(what); \(vm.description)")
  }

  /// Whether the supervisor outlives this point.
  func point() -> Bool {
    if isDown { return false }
    points += 1
    if points == killAt || chance(faults / 20) {
      isDown = true
      kills += 1
      for vm in vms { vm.forget() }
    }
    return !isDown
  }

  /// The supervisor is killed between two events.
  func kill() {
    guard !isDown else { return }
    isDown = true
    kills += 1
    for vm in vms { vm.forget() }
  }

  // MARK: events

  /// What the VM's actor does with an event: decide, record, begin the effects.
  func take(_ event: Event, _ vm: SimulatedVM) throws(Broken) {
    guard !isDown else { return }
    let before = vm.life
    var next = before
    let effects: [Effect]
    do { effects = try next.handle(event, jitter: Double(random.next() % 1000) / 1000) } catch {
      guard event.isRequest, error.code == .state, !error.remedy.isEmpty else {
        throw broken("\(event) refused: \(error)", vm)
      }
      return
    }
    if next.memory != before.memory || event.isRequest {
      guard point() else { return }
      // A disk that is full: what has to be on it first does not happen.
      if event.isRequest, chance(faults / 10) { return }
      vm.disk = SavedMemory(memory: next.memory, wall: wall)
      vm.boot = boot
      note(event, vm)
      // A guest that was asked to power off, and has.
      if event.isShutdown || before.request?.isShutdown == true, next.desired == .off { vm.wanted = .off }
      try check(next.memory, vm)
    }
    vm.life = next
    trail?.append("\(now) \(event): \(effects); \(vm.description); waiting: \(vm.mail)")
    for effect in effects {
      guard point() else { return }
      try perform(effect, vm)
    }
    if event.isRequest { try acknowledge(event, vm) }
  }

  /// From here on a request may not be lost: it is on disk.
  private func note(_ event: Event, _ vm: SimulatedVM) {
    switch event {
    case .start:
      vm.wanted = .on
      // A guest that has gone down unnoticed has done so after all.
      if vm.process?.condition != .shutDown { vm.isOffByGuest = false }
    case .stop, .kill: vm.wanted = .off
    case .pause: vm.wantsPause = true
    case .resume, .reboot: vm.wantsPause = false
    default: break
    }
  }

  /// The owner is told that the request was taken: then the record has it.
  private func acknowledge(_ event: Event, _ vm: SimulatedVM) throws(Broken) {
    guard !isDown else { return }
    let memory = vm.disk.memory
    let isKept =
      switch event {
      case .start: memory.desired == .on && (memory.state.hasProcess || memory.restart == nil)
      case .stop, .kill:
        memory.desired == .off && memory.restart == nil && (memory.state == .stopping || !memory.state.hasProcess)
      case .quiesce: memory.state == .stopping || !memory.state.hasProcess
      case .pause: memory.request == .pause || memory.state == .paused
      case .resume, .reboot: memory.request != nil || memory.state == .running
      default: true
      }
    if !isKept { throw broken("\(event) acknowledged and not recorded", vm) }
  }

  private func check(_ memory: LifeMemory, _ vm: SimulatedVM) throws(Broken) {
    if let most = vm.policy.maxAttempts, memory.attempts > most { throw broken("too many attempts", vm) }
    if let wait = memory.restart {
      if wait.delay > vm.policy.longest { throw broken("a pause above the longest", vm) }
      if memory.desired == .off { throw broken("a restart against its owner's request", vm) }
    }
    if memory.state == .failed, memory.why == nil { throw broken("failed without a reason", vm) }
  }

  // MARK: the supervisor's own start

  /// Starts the supervisor until it stays.
  func start() throws(Broken) {
    while isDown {
      isDown = false
      for vm in vms {
        vm.life = LifeCycle(vm.disk.read(wall: wall), policy: vm.policy)
        try adopt(vm)
        if isDown { break }
      }
    }
  }

  private func adopt(_ vm: SimulatedVM) throws(Broken) {
    let hostRestarted = vm.boot != boot
    guard vm.life.state.hasProcess else { return try take(.recovered(hostRestarted: hostRestarted), vm) }
    if vm.isGhost { return try take(.processEnded(.unidentified, words: ""), vm) }
    guard let process = vm.process else {
      if vm.life.state == .starting, vm.incarnation != vm.life.generation { return try perform(.launch, vm) }
      return try take(.processEnded(hostRestarted ? .hostRestarted : .unknown, words: ""), vm)
    }
    if chance(faults / 20) {
      vm.isGhost = true
      return try take(.processEnded(.unidentified, words: ""), vm)
    }
    vm.isConnected = !chance(faults)
    if vm.isConnected {
      try take(.adopted(process.condition), vm)
    } else if vm.life.state == .stopping {
      try take(.adopted(.running), vm)
    }
  }
}
