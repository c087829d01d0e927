import Foundation
import Linux
import Seeded
import Synchronization
import Testing

extension GuestTests.TortureTests {
  /// Kills the supervisor at random moments, of its start too: no guest notices. `make torture` does it 200 times with
  /// ten guests.
  @Test func guestsStayTheSameWhateverIsKilled() async throws {
    let wanted = ProcessInfo.processInfo.environment["PROCURATOR_TORTURE"].flatMap { Int($0) }
    let kills = wanted.map { max(10, $0 / 10) } ?? 10
    let names = (1...(wanted == nil ? 3 : 10)).map { "torture\($0)" }
    var random = SeededRandom("supervisor killed \(kills) times under \(names.count) guests")
    try await Rig.run { rig in
      let guests = Guests(rig, names)
      try await guests.boot()
      for number in 1...kills {
        let nap = Int.random(in: 0...900, using: &random)
        if Bool.random(using: &random) { try await eventually("it answers") { await rig.cli("status").status == 0 } }
        try await Task.sleep(for: .milliseconds(nap))
        await rig.supervisor.kill9()
        try rig.executeSupervisor()
        if number % 10 == 0 || number == kills { try await guests.check() }
      }
      print("supervisor killed \(kills) times: \(names.count) guests have not noticed")
    }
  }
}

/// Guests that are to stay the same whatever happens around them.
private final class Guests: Sendable {
  private let rig: Rig
  private let names: [String]
  /// What tells one boot of one guest from every other: by the guest's kernel, and by the host's.
  private struct Life: Hashable, Sendable {
    var bootID: String
    var pid: Int32
    var incarnation: String
  }
  private let lives = Mutex<[String: Life]>([:])

  init(_ rig: Rig, _ names: [String]) {
    self.rig = rig
    self.names = names
  }

  func boot() async throws {
    for name in names {
      await rig.ok("create", "-f", "-", "--start", input: rig.smallGuestSpec(name))
    }
    for name in names {
      await rig.ok("wait", name, "--state", "agent", "--timeout", "240")
      let life = await look(name)
      #expect(life.bootID.count == 36, "\(life)")
      lives.withLock { $0[name] = life }
    }
  }

  /// Every guest runs as it did at first, and is told about as it is.
  func check() async throws {
    try await eventually("the supervisor answers") { await rig.cli("status").status == 0 }
    for name in names {
      try await eventually("\(name) runs", within: 60) { await rig.status(name).state == "running" }
      await rig.ok("wait", name, "--state", "agent", "--timeout", "120")
      let life = await look(name)
      #expect(life == lives.withLock { $0[name] }, "\(name) is not the same any more")
    }
    let running = Hypervisors.running("torture")
    #expect(Set(running.map(\.pid)) == Set(lives.withLock { $0.values.map(\.pid) }), "\(running)")
    let audit = await rig.cli("audit", "--output", "json")
    #expect(audit.status == 0, "\(audit.output) \(audit.error)")
  }

  private func look(_ name: String) async -> Life {
    let boot = await rig.ok("exec", name, "--", "cat", "/proc/sys/kernel/random/boot_id")
    let status = await rig.status(name)
    return Life(
      bootID: boot.trimmingCharacters(in: .whitespacesAndNewlines), pid: status.pid, incarnation: status.incarnation)
  }
}

extension Rig {
  /// The test guest in as little memory as it boots with.
  func smallGuestSpec(_ name: String) -> String {
    guestSpec(name).replacing("memory: 128MiB", with: "memory: 96MiB")
  }
}
