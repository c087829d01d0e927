import Foundation
import Linux
import Seeded
import Synchronization
import Testing

extension GuestTests {
  /// What keeps both cores busy by itself, and knows its hypervisors by their names: one after the other.
  @Suite(.serialized) struct TortureTests {}
}

extension GuestTests.TortureTests {
  /// Random work on a few VMs, and random kills of everything; `make torture` does it longer. `Rig.run` finds what is left.
  @Test func nothingIsDoubledOrLeftWhateverIsKilled() async throws {
    let rounds = ProcessInfo.processInfo.environment["PROCURATOR_TORTURE"].flatMap { Int($0) }.map { $0 / 10 } ?? 15
    var random = SeededRandom("supervisor torture, \(rounds) rounds")
    try await Rig.run { rig in
      let torture = Torture(rig)
      let watch = Task { try await torture.watch() }
      do {
        for number in 0..<rounds { try await torture.round(number, &random) }
        try await torture.finish()
      } catch {
        watch.cancel()
        print(torture.trail.withLock { $0.suffix(40).joined(separator: "\n") })
        throw error
      }
      watch.cancel()
      try await watch.value
      print("supervisor torture: \(torture.history)")
    }
  }
}

/// VMs, those who use them, and somebody who kills.
final class Torture: Sendable {
  static let names = (1...5).map { "torture\($0)" }

  private let rig: Rig
  let trail = Mutex<[String]>([])
  private let counts = Mutex<[String: Int]>([:])
  private let looks = Mutex(0)

  init(_ rig: Rig) { self.rig = rig }

  struct Broken: Error, CustomStringConvertible {
    let description: String
  }

  var history: String {
    let done = counts.withLock { $0.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" } }
    return done.joined(separator: ", ") + "; \(looks.withLock { $0 }) looks at /proc; nothing left"
  }

  private func note(_ word: String, _ detail: String = "") {
    counts.withLock { $0[word, default: 0] += 1 }
    trail.withLock { $0.append(word + " " + detail) }
  }

  // MARK: A round

  func round(_ number: Int, _ random: inout SeededRandom) async throws {
    trail.withLock { $0.append("-- round \(number)") }
    // Some users at a time, and somebody who kills while they work.
    let jobs = (0..<Int.random(in: 1...3, using: &random)).map { _ in someJob(&random) }
    let nap = Duration.milliseconds(Int.random(in: 0...400, using: &random))
    let victims = someVictims(&random)
    let isLate = Bool.random(using: &random)
    try await withThrowingTaskGroup { group in
      for job in jobs { group.addTask { await self.run(job) } }
      if isLate { try await Task.sleep(for: nap) }
      for victim in victims { await end(victim) }
      try await group.waitForAll()
    }
    if !rig.netd.isAlive { try await rig.startNetd() }
    if !rig.supervisor.isAlive {
      try await rig.startSupervisor()
      note("supervisor starts")
    }
    if number % 5 == 4 { try await settle() }
  }

  private struct Job: Sendable {
    var words: [String]
    var input: String?
  }

  private func someJob(_ random: inout SeededRandom) -> Job {
    let name = Self.names.randomElement(using: &random) ?? Self.names[0]
    switch Int.random(in: 0..<10, using: &random) {
    case 0..<3:
      let isStarted = Bool.random(using: &random)
      return Job(words: ["create", "-f", "-"] + (isStarted ? ["--start"] : []), input: specification(name))
    case 3..<6: return Job(words: ["start", name])
    case 6: return Job(words: ["stop", name, "--timeout", "1"])
    case 7, 8: return Job(words: ["kill", name])
    default: return Job(words: ["delete", name, "--force"])
    }
  }

  /// Most have a network card, some with a policy and a forward; none has a guest worth the name.
  private func specification(_ name: String) -> String {
    let kind = Self.names.firstIndex(of: name) ?? 0
    let more = [
      "nics: [{network: default, allowedDomains: [example.org], forwards: [{guest: 22}]}]",
      "nics: [{network: default}, {network: second}]", "nics: [{network: default}]", "nics: [{network: second}]",
    ]
    return rig.bareSpec(name, extra: kind < more.count ? more[kind] : "")
  }

  private func run(_ job: Job) async {
    let result = await Command.run(
      rig.bin + "/vmsupervisor", job.words, environment: ["PROCURATOR_SOCKET": rig.folder + "/run/vmsupervisor.sock"],
      input: job.input)
    note(job.words[0], job.words.dropFirst().joined(separator: " ") + ": \(result.status) \(result.error)")
  }

  // MARK: Killing

  private enum Victim: Sendable { case supervisor, netd, hypervisor(Int) }

  private func someVictims(_ random: inout SeededRandom) -> [Victim] {
    let all: [Victim] = [.supervisor, .netd, .hypervisor(Int.random(in: 0..<8, using: &random))]
    return all.filter { _ in Int.random(in: 0..<3, using: &random) == 0 }.shuffled(using: &random)
  }

  private func end(_ victim: Victim) async {
    switch victim {
    case .supervisor:
      await rig.supervisor.kill9()
      note("supervisor killed")
    case .netd:
      await rig.netd.kill9()
      note("netd killed")
    case .hypervisor(let number):
      let running = hypervisors().sorted { $0.pid < $1.pid }
      guard !running.isEmpty else { return }
      let (pid, vm, _) = running[number % running.count]
      kill(pid, SIGKILL)
      note("hypervisor killed", "\(vm), \(pid)")
    }
  }

  // MARK: Watching

  /// The hypervisors of this host's VMs, by the uuid that they were started with.
  private func hypervisors() -> [(pid: Int32, vm: String, name: String)] {
    let all = (try? Files.names(in: "/proc"))?.compactMap { Int32($0) } ?? []
    return all.compactMap { pid in
      guard let text = try? Files.readText("/proc/\(pid)/cmdline"), text.contains("guest=torture"),
        text.contains("qemu"), ProcessFacts(pid: pid).map({ $0.state != "Z" }) == true
      else { return nil }
      let words = text.split(separator: "\0")
      guard let index = words.firstIndex(of: "-uuid"), index + 1 < words.count else { return nil }
      let name = Self.names.first { text.contains("guest=\($0),") } ?? ""
      return (pid, String(words[index + 1]), name)
    }
  }

  /// Looks again and again whether a VM has two hypervisors.
  func watch() async throws {
    while !Task.isCancelled {
      let running = hypervisors()
      looks.withLock { $0 += 1 }
      if Set(running.map(\.vm)).count < running.count {
        // The one that was seen first may have ended while the second was looked at.
        let still = hypervisors()
        guard Set(still.map(\.vm)).count == still.count else {
          throw Broken(description: "a VM has two hypervisors: \(still)")
        }
      }
      try await watchPolicy()
      try? await Task.sleep(for: .milliseconds(30))
    }
  }

  /// The one VM that may reach little must never run without that being so.
  private func watchPolicy() async throws {
    let before = hypervisors().filter { $0.name == Self.names[0] }
    guard !before.isEmpty else { return }
    let closed = await rig.inNetwork("nft", "list", "set", "bridge", "procurator", "closed")
    let after = hypervisors().filter { $0.name == Self.names[0] }
    guard before.map(\.pid) == after.map(\.pid), !closed.output.contains("elements") else { return }
    throw Broken(description: "\(before) runs without its policy: \(closed.output) \(closed.error)")
  }

  /// What is told of the VMs is what is there.
  private func settle() async throws {
    try await eventually("the states are those of the processes", within: 90) {
      let running = hypervisors()
      for name in Self.names {
        let status = await rig.status(name)
        let own = running.filter { $0.name == name }.map(\.pid)
        switch status.state {
        case "running", "paused": if own != [status.pid] { return false }
        case "pending", "stopped", "failed", "": if !own.isEmpty { return false }
        default: return false
        }
      }
      return true
    }
  }

  // MARK: The end

  /// What `Rig.run` does not look at.
  func finish() async throws {
    for name in await rig.ok("status", "--output", "name").split(separator: "\n") {
      await rig.ok("delete", String(name), "--force")
    }
    try await eventually("no hypervisor is left") { hypervisors().isEmpty }
    try await eventually("no port is left") { await rig.ok("ports", "--output", "name").isEmpty }
    for place in ["lib/vms", "lib/broken", "run/vms"] {
      #expect(try Files.names(in: rig.folder + "/" + place).isEmpty, "left in \(place)")
    }
    // netd deletes TAPs, and what was said about them, together and a moment later.
    try await eventually("the ruleset says nothing about single ports", within: 5) {
      let rules = await rig.inNetwork("nft", "list", "ruleset").output
      let map = await rig.inNetwork("nft", "list", "map", "inet", "procurator", "forwards").output
      let made = ["rate-pc", "ranges-pc", "profile-", "names-"]
      return !map.contains("elements") && map.contains("forwards") && made.allSatisfy { !rules.contains($0) }
    }
  }
}
