import Failure
import Life
import Testing

/// The supervisor is killed at every single point of a life, and everything is as it should be in the end.
@Suite struct KillPointTests {
  /// One step of a life; it is taken whether or not the supervisor was killed in an earlier one.
  private typealias Step = @Sendable (World, SimulatedVM) throws -> Void

  private static let lives: [String: [Step]] = [
    "stop": [
      request(.start), run, request(.stop(timeout: .seconds(30))),
      {
        try $0.advance(12_000); _ = $1
      },
    ],
    "kill": [request(.start), run, request(.kill)],
    "pause and resume": [request(.start), run, request(.pause), deliver, request(.resume), deliver, request(.pause)],
    "held": [
      request(.start), run, request(.guest(.held)), request(.resume), deliver, deliver, deliver,
      { $0.change($1, to: .held) }, deliver, request(.resume), deliver, deliver, deliver,
    ],
    "reboot": [
      request(.start), run, request(.reboot(hard: false, timeout: .seconds(20))), deliver,
      {
        try $0.advance(30_000); _ = $1
      }, deliver, deliver, request(.reboot(hard: true, timeout: .zero)), deliver,
    ],
    "hard reboot of a paused guest": [
      request(.start), run, request(.pause), deliver, request(.reboot(hard: true, timeout: .zero)), deliver, deliver,
    ],
    "restart": [
      request(.start), run, { try $0.end($1) },
      {
        try $0.advance(1_000); _ = $1
      }, run,
      { $0.change($1, to: .panicked) }, deliver, { try $0.end($1) },
      {
        try $0.advance(3_000); _ = $1
      }, run,
    ],
    "stop in a restart wait": [request(.start), run, { try $0.end($1) }, request(.stop(timeout: .seconds(30)))],
    "unhealthy": [
      request(.start), run, request(.unhealthy(Failure(.timeout, operation: "check health", cause: "no answer"))),
      {
        try $0.advance(20_000); _ = $1
      }, { try $0.end($1) },
      {
        try $0.advance(2_000); _ = $1
      }, run,
    ],
    "host restart": [
      request(.start), run,
      {
        try $0.restartHost(); _ = $1
      },
      {
        try $0.advance(1_000); _ = $1
      }, run,
    ],
  ]

  private static func request(_ event: Event) -> Step { { try $0.take(event, $1) } }
  @Sendable private static func deliver(_ world: World, _ vm: SimulatedVM) throws { try world.deliver(vm) }
  @Sendable private static func run(_ world: World, _ vm: SimulatedVM) throws {
    try world.advanceLaunch(vm)
    try world.deliver(vm)
  }

  @Test(arguments: lives.keys.sorted()) func everyPoint(_ life: String) throws {
    for policy in SimulationTests.policies {
      var killAt = 1
      while true {
        let world = World(seed: 7, policies: [policy])
        world.killAt = killAt
        for step in Self.lives[life] ?? [] {
          try step(world, world.vms[0])
          try world.start()
        }
        let isReached = world.points >= killAt
        try world.calm()
        if !isReached { break }
        killAt += 1
      }
      #expect(killAt > 5)
    }
  }
}
