import Foundation
import Life
import Seeded
import Testing

@Suite struct SimulationTests {
  static let policies: [RestartPolicy] = [
    .never, RestartPolicy(.onFailure), RestartPolicy(.always), RestartPolicy(.always, maxAttempts: 3),
    RestartPolicy(.onFailure, maxAttempts: 1, first: .seconds(5), longest: .seconds(20), resetAfter: .seconds(30)),
  ]

  private static func world(_ seed: UInt64) -> World {
    let world = World(seed: seed, policies: policies)
    // From hosts where hardly anything goes wrong to those where hardly anything goes right.
    world.faults = [0, 10, 40, 150][Int(seed % 4)]
    return world
  }

  private static func live(_ world: World) throws(World.Broken) {
    for _ in 0..<1000 { try world.step() }
    try world.calm()
  }

  /// A million steps, or ten with PROCURATOR_TORTURE. A failure names the seed of its world.
  @Test func fleetsConvergeWhateverHappens() throws {
    let environment = ProcessInfo.processInfo.environment
    let steps = environment["PROCURATOR_TORTURE"] == nil ? 1_000_000 : 10_000_000
    var seeds = SeededRandom("life simulation")
    var (done, kills, worlds) = (0, 0, 0)
    while done < steps {
      let seed = seeds.next()
      let world = Self.world(seed)
      do { try Self.live(world) } catch {
        let again = Self.world(seed)
        again.trail = []
        try? Self.live(again)
        let trail = (again.trail ?? []).filter { $0.contains("VM \(error.vm):") }.suffix(20)
        Issue.record("world \(seed) after \(world.points) points: \(error)\n\(trail.joined(separator: "\n"))")
        return
      }
      done += 1000
      kills += world.kills
      worlds += 1
    }
    print("life simulation: \(done) steps in \(worlds) fleets, the supervisor killed \(kills) times")
  }
}
