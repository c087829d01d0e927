import Failure
import Life
import Seeded
import Testing

/// A world around one life cycle: a process that may or may not exist, slow answers, crashes of the supervisor.
struct Simulation {
  static let observations: [Event] = [
    .monitorReady(.running), .monitorReady(.shutDown), .startFailed(Failure(.system, step: "launch", cause: "no")),
    .guest(.running), .guest(.paused), .guest(.shutDown), .guest(.panicked), .guest(.broken), .agent(connected: true),
    .agent(connected: false), .hypervisorLeaving, .processEnded(.exited(1), words: "x"), .adopted(.running),
    .adopted(.shutDown), .timer(.start), .timer(.rung),
  ]

  var life = LifeCycle()
  /// What a record on disk would say: written before effects are carried out.
  var recorded = LifeCycle()
  var random: SeededRandom
  /// Hypervisor processes in the world, by generation. Never more than one may run.
  var processes: [UInt64] = []
  /// A launch that was begun and has not reported yet.
  var launching: UInt64?
  /// Told to end; will, sooner or later.
  var ending = false
  var timers: Set<TimerKind> = []
  var steps = 0

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  /// One random thing happens.
  mutating func step() throws {
    steps += 1
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<15: wish(.start)
    case 15..<23: wish(.stop(timeout: .seconds(Int64.random(in: 0...60, using: &random))))
    case 23..<27: wish(.kill)
    case 27..<50: advanceLaunch()
    case 50..<60:
      if let guest = GuestCondition.allCases.randomElement(using: &random), !processes.isEmpty { take(.guest(guest)) }
    case 60..<64: take(.agent(connected: Bool.random(using: &random)))
    case 64..<68: die()
    case 68..<80: if let timer = timers.randomElement(using: &random) { fire(timer) }
    case 80..<95: if ending { die() }
    case 95..<97: if !processes.isEmpty { take(.hypervisorLeaving) }
    default: crash()
    }
    check()
  }

  /// Nothing new is wished; everything that is under way comes to its end.
  mutating func settle() {
    for _ in 0..<200 {
      if launching != nil { advanceLaunch() }
      if ending { die() }
      if let timer = timers.first(where: { _ in true }) { fire(timer) }
    }
    check()
  }

  mutating func wish(_ event: Event) { take(event) }

  private mutating func take(_ event: Event) {
    guard let effects = try? life.handle(event) else { return }
    recorded = LifeCycle(state: life.state, desired: life.desired, generation: life.generation, why: life.why)
    // A crash between the record and the effects: the effects never happen.
    if Int.random(in: 0..<50, using: &random) == 0 { return crash() }
    for effect in effects { perform(effect) }
  }

  private mutating func perform(_ effect: Effect) {
    switch effect {
    case .launch:
      launching = life.generation
      timers.insert(.start)
    case .kill:
      if !processes.isEmpty { ending = true } else if launching == nil { take(.processEnded(.unknown, words: "")) }
    case .quit: ending = !processes.isEmpty
    case .askAgent, .pressPowerButton:
      if Bool.random(using: &random), !processes.isEmpty { take(.guest(.shutDown)) }
    case .arm(let kind, _): timers.insert(kind)
    case .disarm(let kind): timers.remove(kind)
    case .cleanUp: #expect(processes.isEmpty, "cleaned up under a running process")
    }
  }

  /// The launch goes one step: a process comes into being and answers, or the attempt fails.
  private mutating func advanceLaunch() {
    guard let generation = launching else { return }
    guard processes.isEmpty else { return }
    launching = nil
    let stillWanted = life.state == .starting && life.generation == generation
    guard stillWanted else {
      take(.processEnded(.unknown, words: ""))
      return
    }
    if Int.random(in: 0..<5, using: &random) == 0 {
      take(.startFailed(Failure(.system, step: "launch", cause: "no")))
    } else {
      processes.append(generation)
      take(.monitorReady(.running))
    }
  }

  private mutating func fire(_ kind: TimerKind) {
    guard timers.remove(kind) != nil else { return }
    take(.timer(kind))
  }

  private mutating func die() {
    guard !processes.isEmpty else { return }
    processes.removeAll()
    ending = false
    take(.processEnded(.exited(0), words: ""))
  }

  /// The supervisor is killed and starts again: only record and process are left.
  private mutating func crash() {
    life = LifeCycle(
      state: recorded.state, desired: recorded.desired, generation: recorded.generation, why: recorded.why)
    timers = []
    launching = nil
    ending = false
    guard life.state.hasProcess else { return }
    if processes.isEmpty {
      take(.processEnded(.unknown, words: ""))
    } else {
      take(.adopted(.running))
    }
  }

  private func check() {
    #expect(processes.count <= 1, "two incarnations after \(steps) steps")
    if !life.state.hasProcess {
      #expect(processes.isEmpty, "a process is left in state \(life.state) after \(steps) steps")
    }
  }

  /// Whether the VM is where its owner wants it, or has failed and says why.
  var isSettled: Bool {
    switch life.state {
    case .running, .paused: true
    case .stopped, .pending: true
    case .failed: life.why != nil
    default: false
    }
  }
}

@Suite struct SimulationTests {
  @Test func fleetsConvergeWhateverHappens() throws {
    let seed = SeededRandom.seed("life simulation")
    var seeds = SeededRandom(seed: seed)
    var total = 0
    for _ in 0..<10_000 {
      let own = seeds.next()
      var world = Simulation(seed: own)
      for _ in 0..<100 { try world.step() }
      // The owner wants it off in the end: it has to get there, from anywhere.
      world.wish(.stop(timeout: .seconds(10)))
      world.settle()
      #expect(world.isSettled && !world.life.state.hasProcess, "seed \(own): stuck in \(world.life.state)")
      total += world.steps
    }
    print("life simulation: \(total) steps")
  }
}
