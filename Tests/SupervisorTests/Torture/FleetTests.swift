import Foundation
import Linux
import Seeded
import Testing

extension GuestTests.TortureTests {
  /// Two hundred VMs without guests, random requests for many of them at a time, and kills of the supervisor and of
  /// hypervisors in between: what was granted is so in the end.
  @Test func aFleetIsAsRequestedWhateverIsKilled() async throws {
    let wanted = ProcessInfo.processInfo.environment["PROCURATOR_TORTURE"].flatMap { Int($0) }
    let rounds = wanted.map { max(6, $0 / 40) } ?? 6
    var random = SeededRandom("fleet of 200, \(rounds) rounds")
    let settings = Rig.generous + ["QEMU=\(Rig.programs)/standin"]
    try await Rig.run(concurrentStarts: 16, settings: settings) { rig in
      let fleet = Fleet200(rig)
      do {
        try await fleet.create()
        for number in 0..<rounds { try await fleet.round(number, &random) }
        try await fleet.remove()
      } catch {
        print(fleet.told.suffix(20).joined(separator: "\n"))
        throw error
      }
      print("fleet of \(Fleet200.count): \(fleet.history)")
    }
  }
}
